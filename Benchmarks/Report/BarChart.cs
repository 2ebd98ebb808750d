using System.Globalization;
using System.Security;
using System.Text;
using SessionCluster.Benchmarks.Compare;

namespace SessionCluster.Benchmarks.Report;

/// <summary>
/// What is done in a second as bars, one group a load, one bar a mode: the median, a line from minimum to maximum, and
/// the ratio to <see cref="Findings.Baseline"/>.
/// </summary>
internal static class BarChart
{
    private const int Width = 960;
    private const int LabelWidth = 260;
    private const int BarWidthMaximum = 420;
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
        double most = modes.Max(mode => measure.Of(mode)?.Maximum ?? 0);
        string title = Escape($"{measure.Section}, {measure.Unit}");
        Line(body, $"""<text x="8" y="{top + 13}" fill="#222">{title}</text>""");
        for (int index = 0; index < modes.Count; index++)
        {
            if (measure.Of(modes[index]) is not { } summary)
            {
                continue;
            }

            double scale = BarWidthMaximum / most;
            double width = Math.Max(1, summary.Median * scale);
            string colour = Colours[index % Colours.Length];
            int height = BarHeight - 4;
            Line(body, $"""<rect x="{LabelWidth}" y="{top}" width="{width:0}" height="{height}" fill="{colour}"/>""");
            double from = LabelWidth + (summary.Minimum * scale), to = LabelWidth + (summary.Maximum * scale);
            int middle = top + (height / 2);
            Line(body, $"""<path d="M{from:0} {middle}H{to:0}" stroke="#222"/>""");
            double end = LabelWidth + Math.Max(width, summary.Maximum * scale);
            string text = Escape(TextOf(measure, modes[index], summary));
            Line(body, $"""<text x="{end + 6:0}" y="{top + 12}" fill="#222">{text}</text>""");
            top += BarHeight;
        }

        return top + GroupGap;
    }

    private static string TextOf(Measure measure, string mode, Summary summary)
    {
        string value = string.Create(CultureInfo.InvariantCulture, $"{mode} {summary.Median:#,##0}");
        return mode != Findings.Baseline && measure.Ratio(mode) is { } ratio
            ? string.Create(CultureInfo.InvariantCulture, $"{value} ×{ratio.Median:0.00}")
            : value;
    }

    private static string Escape(string text) => SecurityElement.Escape(text)!;

    private static void Line(StringBuilder body, FormattableString text) =>
        body.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
