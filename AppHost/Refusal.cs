namespace SessionCluster.AppHost;

/// <summary>Ends the AppHost before it has begun, with one line that says why.</summary>
internal static class Refusal
{
    private const int WrongUsage = 2;

    public static int Say(string reason)
    {
        Console.Error.WriteLine(reason);
        return WrongUsage;
    }
}
