using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.Time.Testing;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>What is remembered of cookies: what opens, for a while, and so much at most.</summary>
public sealed class RememberedCookiesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CountingProtector _inner = new();
    private readonly IDataProtector _protector;

    public RememberedCookiesTests() =>
        _protector = new RememberedCookies(_inner, _time).CreateProtector(nameof(SessionMiddleware));

    [Fact]
    public void The_same_cookie_is_opened_once()
    {
        byte[] cookie = _protector.Protect([1, 2, 3]);
        byte[] first = _protector.Unprotect(cookie);
        first[0] = 9;

        Assert.Equal([1, 2, 3], _protector.Unprotect([.. cookie]));
        Assert.Equal(1, _inner.Opened);
    }

    [Fact]
    public void A_cookie_that_differs_in_any_byte_is_refused_each_time()
    {
        byte[] cookie = _protector.Protect([1, 2, 3]);
        _protector.Unprotect(cookie);
        for (int index = 0; index < cookie.Length; index++)
        {
            byte[] forged = [.. cookie];
            forged[index] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => _protector.Unprotect(forged));
            Assert.ThrowsAny<CryptographicException>(() => _protector.Unprotect(forged));
        }

        Assert.Equal(1 + (2 * cookie.Length), _inner.Opened);
    }

    [Fact]
    public void What_a_cookie_holds_is_forgotten_after_a_while()
    {
        byte[] cookie = _protector.Protect([1]);
        _protector.Unprotect(cookie);
        _time.Advance(RememberedCookies.Lifetime);
        _protector.Unprotect(cookie);
        Assert.Equal(2, _inner.Opened);
    }

    [Fact]
    public void What_a_cookie_holds_is_forgotten_in_time_also_where_others_come_late()
    {
        byte[] cookie = _protector.Protect([1]);
        _protector.Unprotect(cookie);
        _time.Advance(RememberedCookies.Lifetime - TimeSpan.FromSeconds(1));
        _protector.Unprotect(_protector.Protect([2]));
        _time.Advance(TimeSpan.FromSeconds(2));
        _protector.Unprotect(cookie);
        Assert.Equal(3, _inner.Opened);
    }

    [Fact]
    public void A_cookie_in_steady_use_is_opened_again_now_and_then()
    {
        byte[] cookie = _protector.Protect([1]);
        for (int second = 0; second < 600; second++)
        {
            _protector.Unprotect(cookie);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(_inner.Opened, 600 / RememberedCookies.Lifetime.TotalSeconds, 30);
    }

    [Fact]
    public void Only_so_many_are_remembered()
    {
        byte[] first = _protector.Protect([0]);
        _protector.Unprotect(first);
        for (int cookie = 0; cookie < 2 * RecentValues<byte[], byte[]>.HalfMaximum; cookie++)
        {
            _protector.Unprotect(_protector.Protect(BitConverter.GetBytes(cookie)));
        }

        int opened = _inner.Opened;
        _protector.Unprotect(first);
        Assert.Equal(opened + 1, _inner.Opened);
    }

    [Fact]
    public void Other_purposes_are_left_alone()
    {
        IDataProtector other = new RememberedCookies(_inner, _time).CreateProtector("other");
        byte[] sealedBytes = other.Protect([1]);
        other.Unprotect(sealedBytes);
        other.Unprotect(sealedBytes);
        Assert.Equal(2, _inner.Opened);
    }

    private sealed class CountingProtector : IDataProtector
    {
        private readonly IDataProtector _protector = new EphemeralDataProtectionProvider().CreateProtector("cookies");

        public int Opened { get; private set; }

        public IDataProtector CreateProtector(string purpose) => this;

        public byte[] Protect(byte[] plaintext) => _protector.Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData)
        {
            Opened++;
            return _protector.Unprotect(protectedData);
        }
    }
}
