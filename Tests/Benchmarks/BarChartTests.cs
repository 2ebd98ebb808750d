using System.Globalization;
using System.Xml.Linq;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Report;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What the picture of a comparison shows.</summary>
public sealed class BarChartTests
{
    /// <summary>A letter of the picture's size is narrower than that on average.</summary>
    private const double LetterWidth = 6.6;

    private const string Conditions =
        "4 nodes and a balancer, 32 clients, 5 rounds of 3 s after 8 s of warm-up for each load, 20,000 sessions, "
        + "sessions of shared in Garnet; 2 × Some(R) Processor @ 2.30GHz, shared with the load; .NET 10.0.12, Release build; "
        + "2026-11-30 08:01 UTC. Median (minimum–maximum) ×ratio to none in the same round.";

    [Fact]
    public void No_text_is_under_a_bar_or_beyond_the_edge_and_the_range_is_drawn()
    {
        var findings = new Findings([.. Comparison.AllModes, BareProxy.Name]);
        for (findings.Round = 1; findings.Round <= 3; findings.Round++)
        {
            foreach (LoadKind load in LoadKind.All)
            {
                foreach (string column in findings.Modes)
                {
                    double sample = 40_000 + (1000 * findings.Round);
                    findings.Add($"{load.Name}, balancer", "requests", "1/s", column, sample);
                }
            }
        }

        XDocument picture = Draw(findings);
        double edge = Number(picture.Root!, "width");
        double left = Bars(picture).Min(static bar => Number(bar, "x"));
        double top = Bars(picture).Min(static bar => Number(bar, "y"));
        XElement[] texts = [.. Elements(picture, "text")];
        Assert.All(texts, text =>
        {
            double begin = Number(text, "x"), end = begin + (LetterWidth * text.Value.Length);
            bool isLabel = begin < left && Number(text, "y") > top;
            Assert.InRange(end, 0, isLabel ? left : edge);
        });
        int bars = LoadKind.All.Count * findings.Modes.Count;
        Assert.Equal(bars + LoadKind.All.Count, texts.Count(text => Number(text, "y") > top));
        Assert.Equal(bars, Elements(picture, "path").Count());
    }

    [Fact]
    public void A_mode_has_the_same_colour_whatever_stands_beside_it()
    {
        string[] all = [.. Comparison.AllModes, BareProxy.Name, "tomcat", "first", "second"];
        string[] colours = ColoursOf(all);

        Assert.Equal(all.Length, colours.Distinct().Count());
        Assert.Equal([colours[2], colours[5], colours[4]], ColoursOf("backup", "Tomcat", BareProxy.Name));
        Assert.Equal([colours[0], colours[6]], ColoursOf("none", "first"));
    }

    [Fact]
    public void It_says_what_it_shows_to_who_sees_it_and_to_who_has_it_read_out()
    {
        var findings = new Findings(["none"]);
        findings.Add("many sessions", "created", "1/s", "none", 42);
        findings.Add("many sessions", "heap, balancer", "B/session", "none", 42);
        XDocument picture = Draw(findings);

        Assert.Equal("img", picture.Root!.Attribute("role")!.Value);
        string title = Assert.Single(Elements(picture, "title")).Value;
        Assert.Equal(Conditions, Assert.Single(Elements(picture, "desc")).Value);
        Assert.Equal(
            [title, Conditions, "many sessions: created, 1/s", "none 42"],
            [
                title,
                string.Join(' ', Elements(picture, "text").Skip(1).SkipLast(2).Select(static text => text.Value)),
                .. Elements(picture, "text").TakeLast(2).Select(static text => text.Value),
            ]);
        Assert.Equal(title, Elements(picture, "text").First().Value);
    }

    [Fact]
    public void There_is_none_of_what_is_not_done_in_a_second()
    {
        var findings = new Findings(["none"]);
        findings.Add("on the wire", "read", Measure.WireUnit, "none", 42);
        Assert.True(BarChart.IsEmpty(findings));

        findings.Add("read, straight", "requests", "1/s", "none", 42);
        Assert.False(BarChart.IsEmpty(findings));
    }

    private static string[] ColoursOf(params string[] modes)
    {
        var findings = new Findings(modes);
        foreach (string mode in modes)
        {
            findings.Add("read, straight", "requests", "1/s", mode, 100);
        }

        return [.. Bars(Draw(findings)).Select(static bar => bar.Attribute("fill")!.Value)];
    }

    private static XDocument Draw(Findings findings) => XDocument.Parse(BarChart.Draw(findings, Conditions));

    private static IEnumerable<XElement> Elements(XDocument picture, string name) =>
        picture.Descendants().Where(element => element.Name.LocalName == name);

    /// <summary>All but the ground that they stand on.</summary>
    private static IEnumerable<XElement> Bars(XDocument picture) => Elements(picture, "rect").Skip(1);

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
