using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Session;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Opens the session cookies of the stock middleware, and remembers for a while what the latest ones hold: a visitor
/// sends the same cookie with each request, and to open one costs more than all else that a session costs a read.
/// </summary>
/// <remarks>
/// Only what was opened is remembered, under all its bytes; so a cookie that was not issued costs what it did before
/// and drives nothing out. A key that is revoked opens no cookie after <see cref="Lifetime"/>.
/// </remarks>
internal sealed class RememberedCookies(IDataProtectionProvider inner, TimeProvider time) : IDataProtectionProvider
{
    /// <summary>For how long at most what a cookie holds is remembered; then it is opened again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    public IDataProtector CreateProtector(string purpose)
    {
        IDataProtector protector = inner.CreateProtector(purpose);
        return purpose == nameof(SessionMiddleware) ? new Protector(protector, time) : protector;
    }

    private sealed class Protector(IDataProtector inner, TimeProvider time) : IDataProtector
    {
        private readonly RecentValues<byte[], byte[]> _opened = new(new BytesComparer(), Lifetime, time);

        public IDataProtector CreateProtector(string purpose) => inner.CreateProtector(purpose);

        public byte[] Protect(byte[] plaintext) => inner.Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData)
        {
            if (_opened.TryGet(protectedData, out byte[]? known))
            {
                return known.AsSpan().ToArray();
            }

            byte[] opened = inner.Unprotect(protectedData);
            _opened.Add(protectedData, opened.AsSpan().ToArray());
            return opened;
        }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => CryptographicOperations.FixedTimeEquals(x, y);

        /// <summary>With a random seed of the process, so that nobody can make cookies that collide.</summary>
        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
