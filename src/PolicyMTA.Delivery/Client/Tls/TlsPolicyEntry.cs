using System.Diagnostics.CodeAnalysis;
using System.Security.Authentication;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>A value of <c>smtp_tls_policy_maps</c>: a level, and attributes behind it. An immutable value.</summary>
/// <param name="Level">The level.</param>
/// <param name="Match"><c>match=</c>, the names joined by colons; null: as the level has it.</param>
/// <param name="Protocols"><c>protocols=</c>; null: as the level has it.</param>
/// <param name="ServerName"><c>servername=</c>; null: the host's name.</param>
internal sealed record TlsPolicyEntry(TlsLevel Level, string? Match, SslProtocols? Protocols, string? ServerName)
{
    private static readonly char[] Separators = [' ', '\t', ',', '\r', '\n'];

    /// <summary>Reads it; false with the reason. What can't be honoured is an error, never overlooked: it is there to protect someone.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TlsPolicyEntry? entry, out string error)
    {
        (entry, error) = (null, "");
        var words = text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || FindLevel(words[0]) is not { } level)
        {
            error = words.Length == 0 ? "the entry is empty" : $"'{words[0]}' is none of none, may, encrypt, verify, secure";
            return false;
        }
        var read = new TlsPolicyEntry(level, null, null, null);
        foreach (var word in words.AsSpan(1))
        {
            if (read.With(word) is not { } next)
            {
                error = $"'{word}' is no attribute of level {words[0]} that can be honoured";
                return false;
            }
            read = next;
        }
        entry = read;
        return true;
    }

    private static TlsLevel? FindLevel(string word) => word.ToLowerInvariant() switch
    {
        "none" => TlsLevel.None,
        "may" => TlsLevel.May,
        "encrypt" => TlsLevel.Encrypt,
        "verify" => TlsLevel.Verify,
        "secure" => TlsLevel.Secure,
        _ => null,
    };

    private TlsPolicyEntry? With(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var value = word[(equals + 1)..];
        if (Level == TlsLevel.None || equals <= 0 || value.Length == 0) return null;
        return word[..equals].ToLowerInvariant() switch
        {
            "match" when Level >= TlsLevel.Verify => this with { Match = Match is null ? value : $"{Match}:{value}" },
            "protocols" => TlsProtocolList.TryParse(value, out var protocols, out _) ? this with { Protocols = protocols } : null,
            "servername" => this with { ServerName = value },
            // OpenSSL's own security level has nothing weaker left; "low" and less can't be asked for.
            "ciphers" when value is "medium" or "high" => this,
            _ => null,
        };
    }
}
