# Lines name="value" of a shell file as name=value, without those that need a shell to read. See surroundings.ts.
{
  text = substr($0, 1, 1024)
  if (!match(text, /^[ \t]*[A-Za-z_][A-Za-z0-9_]*=/)) next
  name = substr(text, 1, RLENGTH - 1)
  sub(/^[ \t]*/, "", name)
  if (length(name) > 64) next
  rest = substr(text, RLENGTH + 1)
  quote = substr(rest, 1, 1)
  if (quote == "\"" || quote == "\047") {
    rest = substr(rest, 2)
    value = substr(rest, 1, index(rest, quote) - 1)
  } else {
    match(rest, /^[^ \t\r"\047#;]*/)
    value = substr(rest, 1, RLENGTH)
  }
  if (value == "" || value ~ /[$`\\]/) next
  print name "=" value
}
