using System.Numerics;

namespace SessionCluster.Simulation;

/// <summary>
/// The only source of chance: xoshiro256** (Blackman and Vigna 2018), filled by SplitMix64. It is our own because the
/// sequences of <see cref="Random"/> are not promised from one version of .NET to the next, and a seed is for ever.
/// </summary>
internal sealed class SeededRandom
{
    private const ulong SplitMixStep = 0x9E3779B97F4A7C15;

    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>
    /// A generator for one concern of a seed, so that, say, one more draw for the network leaves the faults as they
    /// are.
    /// </summary>
    public static SeededRandom For(ulong seed, string concern)
    {
        ulong hash = 14695981039346656037;
        foreach (char character in concern)
        {
            hash = (hash ^ character) * 1099511628211;
        }

        ulong mixed = seed;
        return new SeededRandom(SplitMix(ref mixed) ^ hash);
    }

    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0, less than <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    /// <summary>A number from <paramref name="least"/> to <paramref name="greatest"/>, both included.</summary>
    public int Between(int least, int greatest) => least + Below(greatest - least + 1);

    /// <summary>A fraction from 0, less than 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Fraction() < probability;

    public TimeSpan Between(TimeSpan least, TimeSpan greatest) =>
        new(least.Ticks + (long)((greatest.Ticks - least.Ticks) * Fraction()));

    /// <summary>A duration of which short ones are as likely as long ones in each order of magnitude.</summary>
    public TimeSpan Spread(TimeSpan least, TimeSpan greatest) =>
        new((long)(least.Ticks * Math.Pow((double)greatest.Ticks / least.Ticks, Fraction())));

    /// <summary>A delay with the given mean: mostly short, seldom very long.</summary>
    public TimeSpan Exponential(TimeSpan mean) => new((long)(-Math.Log(1 - Fraction()) * mean.Ticks));

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>Puts a list into a random order.</summary>
    public void Shuffle<T>(IList<T> list)
    {
        for (int index = list.Count - 1; index > 0; index--)
        {
            int other = Below(index + 1);
            (list[index], list[other]) = (list[other], list[index]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += SplitMixStep;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
