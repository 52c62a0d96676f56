using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Receiving;

/// <summary>
/// <c>smtpd_sasl_mechanism_filter</c>: which mechanisms of the authenticator are offered. Names, <c>!</c> before one that is not to be, and <c>static:rest</c>
/// for all others; the first word that fits decides. An immutable value.
/// </summary>
public sealed class MechanismFilter
{
    private const string Everything = "static:";

    private readonly (string Name, bool IsOffered)[] _words;

    private MechanismFilter((string, bool)[] words) => _words = words;

    /// <summary>The mechanisms that every client knows, and the guide's server offers.</summary>
    public static MechanismFilter Default { get; } = new([("PLAIN", true), ("LOGIN", true)]);

    /// <summary>Reads the words of the parameter.</summary>
    public static bool TryParse(IEnumerable<string> words, [NotNullWhen(true)] out MechanismFilter? filter, out string error)
    {
        ArgumentNullException.ThrowIfNull(words);
        var read = new List<(string, bool)>();
        foreach (var word in words)
        {
            var name = word.TrimStart('!');
            if (!name.StartsWith(Everything, StringComparison.Ordinal) && !IsName(name))
            {
                (filter, error) = (null, $"'{word}' is no SASL mechanism: write names such as PLAIN, !EXTERNAL, or static:rest for all others");
                return false;
            }
            read.Add((name, (word.Length - name.Length) % 2 == 0));
        }
        (filter, error) = (new MechanismFilter([.. read]), "");
        return true;
    }

    /// <summary>True when the mechanism is to be offered.</summary>
    public bool Allows(string mechanism)
    {
        foreach (var (name, isOffered) in _words)
        {
            if (name.StartsWith(Everything, StringComparison.Ordinal) || name.Equals(mechanism, StringComparison.OrdinalIgnoreCase)) return isOffered;
        }
        return false;
    }

    // RFC 4422 §3.1: up to 20 letters, digits, hyphens and underscores.
    private static bool IsName(string text) => text.Length is > 0 and <= 20 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
