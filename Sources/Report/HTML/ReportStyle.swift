// The page's style. Colours are variables, so that charts, swatches and text change together.

/// The style sheet of the report.
enum ReportStyle {
    /// The whole sheet: colours, then layout.
    static let css = light + dark + layout + tables + figures

    private static let light = """
        :root {
          color-scheme: light dark;
          --page: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d0d7de; --card: #f6f8fa;
          --accent: #0b6bb5; --good: #116329; --good-page: #dafbe1; --doubtful: #7a4d00;
          --doubtful-page: #fff1cc; --bad: #a40e26; --bad-page: #ffe3e6;
          --phase-gate: #7a7f87; --phase-dispatch: #0b6bb5; --phase-expert: #e3a32b;
          --phase-wait: #c9ced4; --phase-combine: #56b4e9; --phase-sum: #cc79a7;
          --reach-local: #c3dcf0; --reach-intra: #5aa2d6; --reach-inter: #0b4f8a;
          --ramp-low: #eef4fa; --ramp-middle: #5aa2d6; --ramp-high: #08306b;
          --router-0: #0b6bb5; --router-1: #c75b00; --router-2: #1a8a5a; --router-3: #9b3fb5;
          --router-4: #9a7200; --router-5: #c2304f; --router-6: #2f7f92; --router-7: #6b6f76;
        }

        """

    private static let dark = """
        @media (prefers-color-scheme: dark) { :root {
          --page: #14171a; --text: #e6e9ec; --muted: #a3adb8; --line: #3a424b; --card: #1d2227;
          --accent: #58a6ff; --good: #7ee2a0; --good-page: #12361f; --doubtful: #f4cf7a;
          --doubtful-page: #3d2e06; --bad: #ff9aa8; --bad-page: #4a121b;
          --phase-gate: #9aa0a8; --phase-dispatch: #3f8fe0; --phase-expert: #e3b341;
          --phase-wait: #4d555f; --phase-combine: #8fd0f7; --phase-sum: #e3a8c9;
          --reach-local: #33536e; --reach-intra: #4596d6; --reach-inter: #b5deff;
          --ramp-low: #1d242c; --ramp-middle: #2f7fc0; --ramp-high: #c9e7ff;
          --router-0: #58a6ff; --router-1: #f0883e; --router-2: #3fb984; --router-3: #d2a8ff;
          --router-4: #e3b341; --router-5: #ff7b92; --router-6: #56c2d6; --router-7: #a0a6ad;
        } }

        """

    private static let layout = """
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--page);
          color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.35rem; line-height: 1.25; margin: .5rem 0; }
        h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
        h3 { font-size: 1rem; margin: 0 0 .4rem; }
        .headline { font-size: 1.25rem; line-height: 1.4; margin: .8rem 0; max-width: 46em; }
        .badge { display: inline-flex; flex-wrap: wrap; gap: .15rem .9rem; margin: .2rem 0;
          padding: .3rem .8rem; border-radius: .5rem; border: 1px solid currentColor; }
        .badge.good { color: var(--good); background: var(--good-page); }
        .badge.doubtful { color: var(--doubtful); background: var(--doubtful-page); }
        .badge.bad { color: var(--bad); background: var(--bad-page); }
        .badge.plain { color: var(--muted); background: var(--card); }
        .note { color: var(--doubtful); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0; }
        dt { color: var(--muted); }
        dd { margin: 0; }
        dd.doubtful { color: var(--doubtful); }
        dd.bad { color: var(--bad); font-weight: 600; }
        code, pre { font: .9rem/1.45 ui-monospace, monospace; }
        pre { background: var(--card); padding: .8rem; border-radius: .5rem; overflow-x: auto;
          overflow-wrap: normal; }
        .lists { display: grid; gap: .5rem 1.5rem;
          grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
        .lists ul { margin: 0; padding-left: 1.2rem; }
        summary { cursor: pointer; color: var(--accent); padding: .35rem 0; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

        """

    private static let tables = """
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums;
          overflow-wrap: normal; }
        .caption { color: var(--muted); font-size: .9rem; margin: .3rem 0; }
        th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap;
          border-bottom: 1px solid var(--line); }
        thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; }
        th[scope=row], .word { text-align: left; }
        th[scope=row] { font-weight: 400; }
        th small { display: block; color: var(--muted); font-size: .85em; }
        td { vertical-align: top; }
        td.word { color: var(--muted); }
        tr.group th { text-align: left; padding-top: .9rem; font-weight: 600; }
        th[scope=row], thead th:first-child { position: sticky; left: 0;
          background: var(--page); }
        figure th[scope=row], figure thead th:first-child { background: var(--card); }

        """

    private static let figures = """
        .charts { display: grid; gap: 1rem;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); }
        figure { margin: 0; padding: 1rem; background: var(--card); border-radius: .6rem;
          min-width: 0; }
        figcaption { color: var(--muted); font-size: .9rem; margin: .4rem 0; }
        .chart { width: 100%; min-width: 0; overflow: hidden; }
        .chart.square { max-width: 35rem; }
        @media (min-width: 70rem) { #traffic { grid-row: span 2; } }
        .chart svg, .chart canvas { display: block; max-width: 100%; }
        .legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none;
          margin: 0 0 .4rem; padding: 0; font-size: .9rem; }
        .swatch { display: inline-block; width: .8em; height: .8em; margin-right: .4em;
          border-radius: .15em; border: 1px solid var(--muted); }
        .ramp { display: inline-block; width: 9rem; height: .8em; align-self: center;
          border: 1px solid var(--line);
          background: linear-gradient(90deg, var(--ramp-low), var(--ramp-middle), var(--ramp-high));
        }
        .choice { margin: 0 0 .5rem; }
        select { font: inherit; padding: .3rem .5rem; color: var(--text);
          background: var(--page); border: 1px solid var(--muted); border-radius: .3rem; }
        @media (max-width: 40rem) {
          body { padding: .7rem; }
          figure { padding: .7rem; }
          .headline { font-size: 1.1rem; }
          th, td { padding: .3rem .45rem; }
          #figures ~ .scroll th[scope=row] { white-space: normal; min-width: 8.5rem; }
          dl { grid-template-columns: 1fr; gap: 0; }
          dd { margin-bottom: .5rem; }
        }
        @media print { figure { break-inside: avoid; } select, summary { display: none; } }
        """
}
