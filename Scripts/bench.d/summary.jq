# From the records of all runs to what is reported: medians, spread, and ratios of Millrace to every other peer.
# Input: {host, settings, peers, cases, runs}; output: the same with `summary`.

def sorted: map(select(. != null)) | sort;
def median: sorted | if length == 0 then null
  elif length % 2 == 1 then .[(length - 1) / 2]
  else (.[length / 2 - 1] + .[length / 2]) / 2 end;

# How many of the smallest of n values lie below the median of what they were drawn from with 95 % certainty, plus one:
# the place of the bound among the sorted values (sign test; no assumption about the distribution). 0: too few.
def binomial($n; $k): reduce range(0; $k) as $i (1; . * ($n - $i) / ($i + 1));
def place($n): reduce range(0; $n) as $k ({sum: 0, place: 0};
    .sum += binomial($n; $k) / pow(2; $n) | if .sum <= 0.05 then .place = $k + 1 else . end) | .place;
# The bound on the side that does not flatter Millrace, from 7 pairs on.
def bound($better): sorted | place(length) as $place
  | if length < 7 or $place == 0 then null
    elif $better == "more" then .[$place - 1] else .[length - $place] end;

def is_millrace: startswith("millrace");

. as $all
| ($all.peers | map(.name)) as $names
| .summary = [
    $all.cases[] as $case
    | ($all.runs | map(select(.case == $case.name))) as $runs
    | select($runs != [])
    | ($runs | map(.figures // []) | add // [] | map({name, unit, better}) | unique) as $figures
    | (if $figures == [] then [{name: "nothing", unit: "", better: "more"}] else $figures end)[] as $figure
    | {case: $case.name, about: $case.about, figure: $figure.name, unit: $figure.unit, better: $figure.better,
       peers: [
        $names[] as $peer
        | ($runs | map(select(.peer == $peer))) as $mine
        | select($mine != [])
        | ($mine | map(select(.figures) | {round, value: (.figures[] | select(.name == $figure.name).value)})) as $values
        | ($values | map(.value)) as $v
        | ($mine | map(select(.didNotRun))) as $failures
        | {peer: $peer, runs: ($v | length), median: ($v | median), min: ($v | min), max: ($v | max)}
        | .didNotRun = ($failures | map(.didNotRun) | unique)
        | .failures = ($failures | length)
        | .cpuPercent = ([$mine[] | .beside.cpu // empty] | if . == [] then null else transpose | map(median) end)
        | .beside = ([$mine[] | (.beside // {}) | del(.cpu)] | add // {} | keys
            | map(. as $key | {($key): ([$mine[] | .beside[$key]?] | median)}) | add // {})
        | .ratios = if $peer | is_millrace then null else [
            $names[] | select(is_millrace) as $millrace
            | $millrace as $name
            | ($runs | map(select(.peer == $name and .figures)
                | {key: (.round | tostring), value: (.figures[] | select(.name == $figure.name).value)}) | from_entries)
              as $theirs
            | ($values | map(select($theirs[.round | tostring] and .value != 0) | $theirs[.round | tostring] / .value))
              as $pairs
            | select($pairs != [])
            | {millrace: $name, pairs: ($pairs | length), median: ($pairs | median), bound: ($pairs | bound($figure.better)),
               ofMedians: (if ($v | median) == 0 then null else ($theirs | [.[]] | median) / ($v | median) end)}
          ] end
      ]}
  ]
