using System.Globalization;
using System.Security;
using System.Text;
using SessionCluster.Benchmarks.Compare;

namespace SessionCluster.Benchmarks.Report;

/// <summary>Requests per second as bars, one group a load, one bar a mode.</summary>
internal static class BarChart
{
    private const int Width = 760;
    private const int LabelWidth = 230;
    private const int BarWidthMaximum = 400;
    private const int BarHeight = 18;
    private const int GroupGap = 14;
    private static readonly string[] Colours = 
    [
        "#8a8f98", "#d98b2b", "#0a7d4f", "#3b6fb6", "#a23b72", "#5b4bb3", "#1f9aa8", "#b5532a",
    ];

    public static string Draw(Findings findings)
    {
        Measure[] measures = [.. findings.Measures.Where(static measure => measure.Unit == "1/s")];
        var body = new StringBuilder();
        int top = GroupGap;
        foreach (Measure measure in measures)
        {
            top = DrawGroup(body, measure, findings.Modes, top);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{top}"
                 font-family="system-ui, sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="#ffffff"/>
            {body}</svg>

            """);
    }

    private static int DrawGroup(StringBuilder body, Measure measure, IReadOnlyList<string> modes, int top)
    {
        double most = modes.Max(mode => measure.Of(mode)?.Median ?? 0);
        string title = Escape($"{measure.Section}, {measure.Name}");
        Line(body, $"""<text x="8" y="{top + 13}" fill="#222">{title}</text>""");
        for (int index = 0; index < modes.Count; index++)
        {
            if (measure.Of(modes[index]) is not { } summary)
            {
                continue;
            }

            double width = Math.Max(1, summary.Median / most * BarWidthMaximum);
            string colour = Colours[index % Colours.Length];
            int height = BarHeight - 4;
            Line(body, $"""<rect x="{LabelWidth}" y="{top}" width="{width:0}" height="{height}" fill="{colour}"/>""");
            string name = Escape(modes[index]);
            string text = string.Create(CultureInfo.InvariantCulture, $"{name} {summary.Median:#,##0}");
            Line(body, $"""<text x="{LabelWidth + width + 6:0}" y="{top + 12}" fill="#222">{text}</text>""");
            top += BarHeight;
        }

        return top + GroupGap;
    }

    private static string Escape(string text) => SecurityElement.Escape(text)!;

    private static void Line(StringBuilder body, FormattableString text) =>
        body.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
