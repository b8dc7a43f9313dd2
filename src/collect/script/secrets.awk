# Leaves out the lines of a configuration that may hold a password or a key.
tolower($0) ~ /pass(word|wd|phrase|code)|secret|token|credential|psk|(wep|nw|wpa|auth|private|shared|api|access|encryption|license)[_-]?key/ {
  print "# gpudiag left out a line that may hold a password"
  next
}

{ print }
