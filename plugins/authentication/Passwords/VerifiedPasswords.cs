using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// Logins that succeeded lately, so that a program that logs in every minute is not hashed for each time. What is kept is a keyed digest of user, stored hash and
/// password: a changed hash is never found, and the digest is worth nothing without the key, which the process has made for itself. Failures are not kept. Thread-safe.
/// </summary>
internal sealed class VerifiedPasswords(TimeSpan lifetime, TimeProvider time)
{
    internal const int Capacity = 10_000;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (byte[] Tag, long Since)> _entries = new(StringComparer.Ordinal);

    internal int Count => _entries.Count;

    internal bool Contains(string user, string stored, byte[] password) =>
        lifetime > TimeSpan.Zero
        && _entries.TryGetValue(user, out var entry)
        && time.GetElapsedTime(entry.Since) < lifetime
        && CryptographicOperations.FixedTimeEquals(entry.Tag, Tag(user, stored, password));

    internal void Add(string user, string stored, byte[] password)
    {
        if (lifetime <= TimeSpan.Zero) return;
        if (_entries.Count >= Capacity) MakeRoom();
        _entries[user] = (Tag(user, stored, password), time.GetTimestamp());
    }

    // What is over first; then some, whichever: they are hashed for once more.
    private void MakeRoom()
    {
        foreach (var (user, entry) in _entries)
        {
            if (time.GetElapsedTime(entry.Since) >= lifetime) _entries.TryRemove(user, out _);
        }
        if (_entries.Count < Capacity) return;
        foreach (var user in _entries.Keys.Take(Capacity / 10).ToList()) _entries.TryRemove(user, out _);
    }

    private byte[] Tag(string user, string stored, byte[] password)
    {
        using var tag = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in new[] { Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(stored), password })
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
            tag.AppendData(length);
            tag.AppendData(part);
        }
        return tag.GetHashAndReset();
    }
}
