# The call graph of a disassembled program, walked from `entry`. Reads objdump's symbols, relocations and code, each
# behind its heading line (Scripts/hot-path).

function value(hex,   i, n) {
  n = 0
  for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
  return n
}

# The function calls, or takes the address of, `name`.
function refers(name) {
  sub(/@.*/, "", name)
  edges[current] = edges[current] " " name
}

# Hexadecimal numbers without leading zeros, compared.
function below(a, b) { return length(a) != length(b) ? length(a) < length(b) : a < b }

BEGIN {
  n = split(allowed, list, " ")
  for (i = 1; i <= n; i++) isAllowed[list[i]] = 1
}

/^== / { section = $2; next }

# 0000000000012a00 g     F .text  0000000000000123 .hidden name
section == "symbols" {
  if ($0 ~ / F \.text/) size[$NF] = value($(NF - ($(NF - 1) ~ /^\./ ? 2 : 1)))
  next
}

# 000000000004bed8 R_X86_64_GLOB_DAT  swift_release
section == "relocations" {
  if ($2 ~ /GLOB_DAT/) {
    sub(/^0+/, "", $1)
    slot[$1] = $3
  }
  next
}

/^[0-9a-f]+ </ {
  current = substr($2, 2, length($2) - 3)
  sub(/@.*/, "", current)
  # Code behind a function's end has no name of its own and belongs to nobody.
  sub(/^0+/, "", $1)
  end = sprintf("%x", value($1) + size[current])
  isPLT = $2 ~ /@plt/
  if (!isPLT) { defined[current] = 1; if (index(current, entry) == 1) roots[current] = 1 }
  next
}

isPLT || section != "code" { next }

# An address taken from the global offset table: something outside the program.
/# / {
  address = $0
  sub(/.*# (0x)?/, "", address)
  sub(/ .*/, "", address)
  if (address in slot && below(substr($1, 1, length($1) - 1), end)) {
    refers(slot[address])
    explained[current] = 1
  }
}

$2 ~ /^(call|j|bl|b$|b\.|cb|tb)/ {
  if (!below(substr($1, 1, length($1) - 1), end)) next
  if ($3 ~ /^\*|^x[0-9]/) {
    # A jump is a switch's table.
    if ($2 ~ /^(call|bl)/) indirect[current] = 1
    next
  }
  target = $0
  if (target !~ /</) next
  sub(/.*</, "", target)
  sub(/>.*/, "", target)
  if (target ~ /\+0x/) {
    base = target
    sub(/\+0x.*/, "", base)
    if (base != current) refers("code_without_a_name_behind_" base)
  } else if (target != current) refers(target)
}

END {
  tail = 0
  for (root in roots) { queue[tail++] = root; reached[root] = 1 }
  for (head = 0; head < tail; head++) {
    f = queue[head]
    if (f in indirect && !(f in explained)) {
      print "hot-path: " f " calls through a pointer (closure, protocol or class)"
      faults++
    }
    n = split(edges[f], callees, " ")
    for (i = 1; i <= n; i++) {
      c = callees[i]
      if (c in isAllowed) continue
      if (c in defined && c !~ /^_*swift_/) {
        if (!(c in reached)) { reached[c] = 1; queue[tail++] = c }
      } else if (!((f, c) in told)) {
        told[f, c] = 1
        print "hot-path: " f " calls " c
        faults++
      }
    }
  }
  n = split(landmarks, list, " ")
  for (i = 1; i <= n; i++) {
    seen = 0
    for (f in reached) if (index(f, list[i]) == 1) seen = 1
    if (!seen) {
      # Half a mangled name: shown as it is.
      print "hot-path: no call leads from the worker's loop to " substr(list[i], 3) ": the check sees too little"
      faults++
    }
  }
  if (faults) exit 1
  print "hot-path: " tail " functions on the frame's road, none allocates, counts references or calls indirectly"
}
