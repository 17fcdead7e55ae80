# The summary as text: a block for each figure of each case; columns are separated by '|'.

def number: if . == null then "" elif . == 0 then "0"
  elif . >= 100 then . * 1 | round | tostring
  elif . >= 10 then . * 10 | round / 10 | tostring
  else . * 1000 | round / 1000 | tostring end;
def ratio: if . >= 10 then . * 10 | round / 10 else . * 100 | round / 100 end | tostring;
def words: gsub("(?<a>[a-z])(?<b>[A-Z])"; "\(.a) \(.b | ascii_downcase)");

"\(.host.date)  kernel \(.host.kernel), \(.host.cpus) CPUs (\(.host.model)), commit \(.host.commit)",
"\(.settings.repeats) runs of \(.settings.seconds) s a peer, in turns; TCP congestion control \(.settings.congestion)",
"ratios: median of Millrace / peer, round by round", "",
(.summary[] as $block
| ([$block.peers[].ratios // [] | .[].millrace] | unique) as $rivals
| ([$block.peers[].beside // {} | keys[]] | unique) as $beside
| "\($block.case): \($block.about)",
  (if $block.unit == "" then empty else "\($block.figure), \($block.unit); \($block.better) is better" end),
  (["peer", "median", "min-max", "runs", "CPU 0", "CPU 1"] + ($beside | map(words)) + ($rivals[:1] | map(. + "/peer")) + ($rivals[1:] | map(ltrimstr("millrace")))
    | "\t" + join("|")),
  ($block.peers[] | select(.runs > 0) | . as $row
    | "\t" + ([
        .peer, (.median | number), "\(.min | number) - \(.max | number)", "\(.runs)"
      ] + (if .cpuPercent then .cpuPercent[0:2] | map("\(round) %") else ["", ""] end)
        + ($beside | map(. as $key | $row.beside[$key] | number))
        + ($rivals | map(. as $name | ($row.ratios // []) | map(select(.millrace == $name))[0]
            | if . == null then "" else (.median | ratio)
                + (if .bound then " \(if $block.better == "more" then ">=" else "<=" end) \(.bound | ratio)" else "" end)
              end)) | join("|"))),
  ($block.peers[] | select(.failures > 0)
    | "  \(.peer) did not run\(if .runs > 0 then " \(.failures) times" else "" end): \(.didNotRun | join("; "))"),
  "")
