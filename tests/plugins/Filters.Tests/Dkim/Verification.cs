using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dkim;

/// <summary>Verifies whole messages.</summary>
internal static class Verification
{
    /// <summary>Old mail: keys and hashes that prove nothing today are believed.</summary>
    internal static readonly DkimRules Legacy = new() { BelievesSha1 = true, LeastKeyBits = 0 };

    /// <param name="cut">The body is written in pieces of this size; 0 for one piece.</param>
    internal static async Task<List<DkimResult>> RunAsync(byte[] message, IDnsResolver dns, DkimRules? rules = null, DateTimeOffset? now = null, int cut = 0)
    {
        var header = RawHeader.Parse(message);
        using var verifier = new DkimVerifier(header, rules ?? new DkimRules(), new FakeTimeProvider(now ?? DateTimeOffset.UnixEpoch.AddYears(56)));
        for (var at = header.BodyStart; at < message.Length; at += cut == 0 ? message.Length : cut) verifier.WriteBody(message.AsSpan(at, cut == 0 ? message.Length - at : Math.Min(cut, message.Length - at)));
        return await verifier.FinishAsync(dns, CancellationToken.None);
    }

    internal static byte[] Bytes(string message) => Encoding.Latin1.GetBytes(message);
}
