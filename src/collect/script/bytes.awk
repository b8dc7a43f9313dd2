# Text from the numbers of its bytes, as od -An -v -tu1 prints them. ENVIRON: GD_FORM.
#   json: a JSON string; what is not ASCII is escaped, what is not UTF-8 becomes the replacement character
#   line: the same of the first line, without blanks around it, of at most 300 characters (UTF-16, as JavaScript counts)
#   path: a path of the bundle; what is not plain is percent-encoded

function unit(code) { units++; out = out sprintf("\\u%04x", code) }

function character(code) {
  if (form == "line" && units >= 300) return
  if (code > 65535) {
    unit(55296 + int((code - 65536) / 1024))
    if (form != "line" || units < 300) unit(56320 + (code - 65536) % 1024)
  } else if (code in short) { units++; out = out short[code] }
  else if (code < 32 || code > 126) unit(code)
  else { units++; out = out sprintf("%c", code) }
}

# How many bytes follow the first one of a character; -1 when it cannot be one.
function following(byte) {
  if (byte < 128) return 0
  if (byte >= 194 && byte <= 223) return 1
  if (byte >= 224 && byte <= 239) return 2
  if (byte >= 240 && byte <= 244) return 3
  return -1
}

# Reads the character at `at`, or of a broken one as much as belongs together; moves `at` behind it.
function decode(    count, code, low, high, i) {
  count = following(byte[at])
  if (count <= 0) { character(count == 0 ? byte[at] : 65533); at++; return }
  code = byte[at] % (count == 1 ? 32 : count == 2 ? 16 : 8)
  low = byte[at] == 224 ? 160 : byte[at] == 240 ? 144 : 128
  high = byte[at] == 237 ? 159 : byte[at] == 244 ? 143 : 191
  for (i = 1; i <= count; i++) {
    if (at + i > bytes || byte[at + i] < low || byte[at + i] > high) { character(65533); at += i; return }
    code = code * 64 + byte[at + i] - 128
    low = 128
    high = 191
  }
  character(code)
  at += count + 1
}

function is_blank(code) { return code == 32 || (code >= 9 && code <= 13) }

function path(    i, first) {
  first = 1
  for (i = 1; i <= bytes; i++) {
    if (byte[i] == 47) { out = out "/"; first = 1; continue }
    if (byte[i] == 58) out = out "-"
    else if (plain[byte[i]] && !(first && byte[i] == 46)) out = out sprintf("%c", byte[i])
    else out = out sprintf("%%%02X", byte[i])
    first = 0
  }
}

BEGIN {
  form = ENVIRON["GD_FORM"]
  short[8] = "\\b"; short[9] = "\\t"; short[10] = "\\n"; short[12] = "\\f"; short[13] = "\\r"; short[34] = "\\\""; short[92] = "\\\\"
  # % + - . 0-9 @ A-Z _ a-z
  plain[37] = plain[43] = plain[45] = plain[46] = plain[64] = plain[95] = 1
  for (i = 48; i <= 57; i++) plain[i] = 1
  for (i = 65; i <= 90; i++) plain[i] = plain[i + 32] = 1
}

{ for (i = 1; i <= NF; i++) byte[++bytes] = $i + 0 }

END {
  if (form == "path") path()
  else {
    at = 1
    if (form == "line") {
      for (i = 1; i <= bytes; i++) if (byte[i] == 10) bytes = i - 1
      while (bytes > 0 && is_blank(byte[bytes])) bytes--
      while (at <= bytes && is_blank(byte[at])) at++
    }
    while (at <= bytes) decode()
  }
  print out
}
