/// The page's style sheet: one column of text, light or dark as the reader's system asks. The six colours tell apart
/// also for readers who do not see red and green (Okabe and Ito, 2008).
enum PageStyle {
  static let css = """
    :root {
      --paper: #fff; --ink: #1c1e21; --soft: #5c636b; --rule: #e3e5e8; --shade: #f5f6f7;
      --yes: #00704f; --no: #a33b00;
      --c0: #d55e00; --c1: #e6a100; --c2: #0072b2; --c3: #009e73; --c4: #9a5fa3; --c5: #6b7480;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #15171a; --ink: #e6e8ea; --soft: #9aa2ab; --rule: #2c3036; --shade: #1d2024;
        --yes: #3fc59a; --no: #ff9a5c;
        --c0: #f07c2b; --c1: #f2b830; --c2: #4ba3e3; --c3: #2fbf93; --c4: #c08bc9; --c5: #9aa2ab;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 64rem; background: var(--paper); color: var(--ink);
      font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
    }
    h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.015em; text-wrap: balance; }
    h2 { font-size: 1.3rem; margin: 3.25rem 0 .5rem; letter-spacing: -.01em; }
    h3 { font-size: .95rem; margin: 0 0 .5rem; font-weight: 600; }
    p { margin: .5rem 0; max-width: 46rem; }
    .lead { font-size: 1.125rem; }
    .soft { color: var(--soft); }
    .small { font-size: .875rem; }
    code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; margin: 2rem 0 0; }
    .tile { border-top: 3px solid var(--c2); padding-top: .6rem; }
    .tile b { display: block; font-size: 1.9rem; line-height: 1.15; letter-spacing: -.02em; }
    .tile span { color: var(--soft); font-size: .875rem; line-height: 1.4; display: block; margin-top: .25rem; }
    figure { margin: 1rem 0 0; min-width: 0; }
    .canvas { position: relative; width: 100%; }
    .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 2rem 2.5rem; }
    .scroll { overflow-x: auto; margin-top: 1rem; }
    table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.45; }
    caption { text-align: left; color: var(--soft); padding-bottom: .5rem; }
    th, td { text-align: left; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--rule);
             vertical-align: top; }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { color: var(--soft); font-weight: 600; border-bottom-color: var(--soft); white-space: nowrap; }
    .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    td .soft { display: block; font-size: .8125rem; }
    tr.group th { padding-top: 1.4rem; font-weight: 600; border-bottom-color: var(--soft); }
    tbody:first-of-type tr.group:first-child th { padding-top: .6rem; }
    .key { display: inline-block; width: .65rem; height: .65rem; border-radius: 2px; margin-right: .45rem; }
    .yes { color: var(--yes); font-weight: 600; white-space: nowrap; }
    .no { color: var(--no); font-weight: 600; white-space: nowrap; }
    dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .35rem 1.5rem; margin: 1rem 0 0;
         font-size: .875rem; }
    dt { color: var(--soft); }
    dd { margin: 0; overflow-wrap: anywhere; }
    footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
    @media (max-width: 34rem) { .grid { grid-template-columns: 1fr; } body { padding-top: 2rem; } }
    @media print { body { max-width: none; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
    """
}
