namespace SessionCluster.Balancer.Pages;

/// <summary>The frame around every page: one file, no script, nothing fetched from anywhere.</summary>
internal static class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ground: #f6f7f9; --sheet: #fff; --ink: #1b2430; --soft: #5d6b7c;
          --line: #e1e5ea; --up: #12793d; --up-ground: #e3f6ea; --down: #b3261e; --down-ground: #fde7e5;
          --other: #8a5a00; --other-ground: #fdf1d8; --primary: #1f5fbf; --backup: #7a8798; --latest: #fff6c9; }
        @media (prefers-color-scheme: dark) { :root { --ground: #12161c; --sheet: #1a2029; --ink: #e4e9f0;
          --soft: #94a1b2; --line: #2b3440; --up: #62d38f; --up-ground: #14301f; --down: #ff8a80;
          --down-ground: #3d1a1a; --other: #f2c063; --other-ground: #362a10; --primary: #4d8ff0; --backup: #6a7789;
          --latest: #3a3413; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        header, main { max-width: 76rem; margin: 0 auto; padding: 1.25rem 1.5rem; }
        header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding-bottom: 0; }
        h1 { font-size: 1.25rem; margin: 0 auto 0 0; }
        nav a { color: var(--soft); text-decoration: none; padding: .25rem .1rem; margin-right: .9rem; }
        nav a[aria-current] { color: var(--ink); font-weight: 600; border-bottom: 2px solid var(--primary); }
        .sheet { overflow-x: auto; background: var(--sheet); border: 1px solid var(--line); border-radius: .6rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { padding: .55rem .9rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
        thead th, tfoot th, tfoot td { color: var(--soft); font-size: .85rem; font-weight: 600; }
        tbody th { font-weight: 600; }
        tbody:last-child tr:last-child > *, tfoot tr > * { border-bottom: 0; }
        code { font: .9em ui-monospace, monospace; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        .copy { text-align: center; }
        .state { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; font-weight: 600; }
        .up .state { color: var(--up); background: var(--up-ground); }
        .down .state { color: #fff; background: #b3261e; }
        .other .state { color: var(--other); background: var(--other-ground); }
        tr.up th { box-shadow: inset 4px 0 var(--up); }
        tr.other th { box-shadow: inset 4px 0 var(--other); }
        tr.down > * { color: var(--down); background: var(--down-ground); }
        tr.down th { box-shadow: inset 4px 0 var(--down); }
        thead th.up { color: var(--up); } thead th.other { color: var(--other); }
        th.copy.down, td.copy.down { color: var(--down); }
        b.primary, b.backup { display: inline-block; width: 1.6rem; border-radius: .35rem; color: #fff;
          text-align: center; background: var(--backup); }
        b.primary { background: var(--primary); }
        .latest, tr.latest > * { background: var(--latest); }
        @media (max-width: 40rem) { th, td { padding: .45rem .5rem; } header, main { padding-inline: .75rem; }
          .sessions th code { display: inline-block; max-width: 9ch; overflow: hidden; text-overflow: ellipsis;
          vertical-align: bottom; } }
        .legend { margin: .9rem; color: var(--soft); }
        .legend .latest { padding: .1rem .5rem; border-radius: .3rem; white-space: nowrap; }
        .legend b { margin-left: .8rem; } .legend .latest { margin-left: .8rem; } p { margin: .9rem; }
        """;

    /// <summary>Renders a page.</summary>
    /// <param name="title">Its name.</param>
    /// <param name="path">Its own path, to mark it among the links.</param>
    /// <param name="summary">What stands beside the title, as HTML.</param>
    /// <param name="content">What stands on the sheet, as HTML.</param>
    public static string Render(string title, string path, string summary, string content) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title} · SessionCluster</title>
        <style>{Style}</style>
        </head>
        <body>
        <header><h1>SessionCluster</h1>{summary}
        <nav>{Link("/_cluster", "Nodes", path)}{Link("/_cluster/sessions", "Sessions", path)}</nav></header>
        <main><div class="sheet">
        {content}
        </div></main>
        </body>
        </html>

        """;

    private static string Link(string target, string name, string path) =>
        $"<a href=\"{target}\"{(target == path ? " aria-current=\"page\"" : "")}>{name}</a>";
}
