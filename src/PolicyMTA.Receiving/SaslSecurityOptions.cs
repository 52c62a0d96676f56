using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>The words of <see cref="SaslSecurity"/>, and what they mean for a mechanism.</summary>
public static class SaslSecurityOptions
{
    private static readonly Dictionary<string, SaslSecurity> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["noplaintext"] = SaslSecurity.NoPlaintext,
        ["noactive"] = SaslSecurity.NoActive,
        ["nodictionary"] = SaslSecurity.NoDictionary,
        ["noanonymous"] = SaslSecurity.NoAnonymous,
        ["forward_secrecy"] = SaslSecurity.ForwardSecrecy,
        ["mutual_auth"] = SaslSecurity.MutualAuth,
    };

    /// <summary>Reads the words of the parameter.</summary>
    public static bool TryParse(IEnumerable<string> words, out SaslSecurity security, out string error)
    {
        ArgumentNullException.ThrowIfNull(words);
        (security, error) = (SaslSecurity.None, "");
        foreach (var word in words)
        {
            if (!Words.TryGetValue(word, out var one))
            {
                error = $"'{word}' is none of {string.Join(", ", Words.Keys)}";
                return false;
            }
            security |= one;
        }
        return true;
    }

    /// <summary>True when nothing of the mechanism stands against the options.</summary>
    public static bool Allow(this SaslSecurity security, SaslMechanism mechanism)
    {
        ArgumentNullException.ThrowIfNull(mechanism);
        return (security & Faults(mechanism)) == 0;
    }

    private static SaslSecurity Faults(SaslMechanism mechanism) =>
        (mechanism.IsPlaintext ? SaslSecurity.NoPlaintext : 0)
        | (mechanism.IsOpenToActiveAttack ? SaslSecurity.NoActive : 0)
        | (mechanism.IsOpenToDictionaryAttack ? SaslSecurity.NoDictionary : 0)
        | (mechanism.IsAnonymous ? SaslSecurity.NoAnonymous : 0)
        | (mechanism.HasForwardSecrecy ? 0 : SaslSecurity.ForwardSecrecy)
        | (mechanism.IsMutual ? 0 : SaslSecurity.MutualAuth);
}
