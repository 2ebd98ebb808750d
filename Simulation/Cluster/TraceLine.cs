using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace SessionCluster.Simulation;

/// <summary>
/// How inputs, messages and answers are shown to somebody who looks for a fault: every part of them, sessions by the
/// names that the history gave them, and lists with their content.
/// </summary>
internal static class TraceLine
{
    private const int ListMaximum = 6;

    public static string Of(SimulatedCluster cluster, object what)
    {
        var text = new StringBuilder();
        switch (what)
        {
            case PeerMessage message:
                text.Append(CultureInfo.InvariantCulture, $"<- {message.From} ");
                AppendParts(text, cluster, message.Message);
                break;
            case ClusterTrace.Answer answer:
                text.Append(CultureInfo.InvariantCulture, $"=> {answer.Session} ");
                AppendParts(text, cluster, answer.Completion);
                break;
            case ClusterEvent:
                text.Append("** ");
                AppendParts(text, cluster, what);
                break;
            default:
                text.Append("<- ");
                AppendParts(text, cluster, what);
                break;
        }

        return text.ToString();
    }

    private static void AppendParts(StringBuilder text, SimulatedCluster cluster, object whole)
    {
        text.Append(whole.GetType().Name);
        foreach (PropertyInfo part in whole.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (part.GetIndexParameters().Length == 0 && part.GetValue(whole) is { } value)
            {
                text.Append(CultureInfo.InvariantCulture, $" {part.Name}=");
                AppendValue(text, cluster, value);
            }
        }
    }

    private static void AppendValue(StringBuilder text, SimulatedCluster cluster, object value)
    {
        switch (value)
        {
            case SessionId session:
                text.Append(cluster.NameOf(session));
                break;
            case LocationRecord record:
                text.Append(CultureInfo.InvariantCulture, $"{cluster.NameOf(record.Session)}={record.Configuration}");
                break;
            case SessionValue pair:
                text.Append(CultureInfo.InvariantCulture, $"{pair.Key}=#{WorkloadValue.Number(pair.Bytes)}");
                break;
            case SessionState state:
                AppendList(text, cluster, state.Values);
                break;
            case SessionDelta delta:
                AppendList(text, cluster, delta.Set);
                break;
            case ReplicatePayload payload:
                AppendValue(text, cluster, (object?)payload.Delta ?? payload.Full ?? (object)"nothing");
                break;
            case IReadOnlyList<BucketDigest> digests:
                text.Append(CultureInfo.InvariantCulture, $"{digests.Count} digests");
                break;
            case string or Placement or View:
                text.Append(value);
                break;
            case IEnumerable list:
                AppendList(text, cluster, list);
                break;
            default:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void AppendList(StringBuilder text, SimulatedCluster cluster, IEnumerable list)
    {
        text.Append('[');
        int count = 0;
        foreach (object element in list)
        {
            if (count++ < ListMaximum)
            {
                text.Append(count > 1 ? " " : "");
                AppendValue(text, cluster, element);
            }
        }

        text.Append(count > ListMaximum ? string.Create(CultureInfo.InvariantCulture, $" … {count}]") : "]");
    }
}
