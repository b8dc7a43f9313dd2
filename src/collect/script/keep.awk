# Keeps a bounded part of a text: whole lines from the beginning and from the end, and of what lies between those that
# hold a wanted string. The same rules, byte for byte, as keep.ts. Zero bytes must be taken out before.
#
# The text is followed by a line "#" that is not part of it, so that a missing newline at its end can be told.
# ENVIRON: GD_HEAD, GD_TAIL, GD_WANTED (bytes), GD_ONLY (keep only lines that hold one of these; a string a line),
# GD_STRINGS (wanted strings, one a line), GD_PATTERN (the same as one ERE, or empty where awk is slow with those).
# Prints the kept text, and on standard error "bytes seen, bytes left out, lines left out".

function holds(text, strings, count,    i) {
  for (i = 1; i <= count; i++) if (index(text, strings[i])) return 1
  return 0
}

function is_wanted(text) {
  return pattern != "" ? text ~ pattern : holds(text, wanted, wanteds)
}

function take(text,    size) {
  if (onlys && !holds(text, only, onlys)) return
  size = length(text)
  seen += size
  if (!closed && head + size <= head_most) {
    head += size
    print text
    return
  }
  closed = 1
  queue[++last] = text
  tail += size
  while (tail > tail_most) {
    text = queue[++first]
    delete queue[first]
    size = length(text)
    tail -= size
    if (middle + size <= middle_most && is_wanted(text)) {
      middle += size
      print text
    } else {
      dropped += size
      lines++
    }
  }
}

# A line that is too long is taken in pieces.
function line(text) {
  while (length(text) > 65536) {
    take(substr(text, 1, 65536))
    text = substr(text, 65537)
  }
  take(text)
}

BEGIN {
  ORS = ""
  head_most = ENVIRON["GD_HEAD"] + 0
  tail_most = ENVIRON["GD_TAIL"] + 0
  middle_most = ENVIRON["GD_WANTED"] + 0
  pattern = ENVIRON["GD_PATTERN"]
  if (ENVIRON["GD_ONLY"] != "") onlys = split(ENVIRON["GD_ONLY"], only, "\n")
  wanteds = split(ENVIRON["GD_STRINGS"], wanted, "\n")
}

NR > 1 { line(previous "\n") }

{ previous = $0 }

END {
  if (previous != "#") line(substr(previous, 1, length(previous) - 1))
  if (lines) print "[gpudiag left out " lines " lines (" dropped " bytes) before this one; lines that its rules look for were kept]\n"
  while (first < last) print queue[++first]
  print (seen + 0) " " (dropped + 0) " " (lines + 0) "\n" | "cat 1>&2"
}
