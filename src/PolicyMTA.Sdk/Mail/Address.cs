namespace PolicyMTA.Sdk;

/// <summary>
/// A mailbox address of the envelope (RFC 5321 §4.1.2) in its internal form: the local part without quoting.
/// An immutable value; <see cref="Null"/> is the null sender <c>&lt;&gt;</c>. Equality is by text, case included,
/// because only the final host may say that two local parts are one (RFC 5321 §2.4).
/// </summary>
/// <param name="Local">The local part, unquoted. Empty only for the null sender.</param>
/// <param name="Domain">The domain or address literal as given; empty for a bare local part such as <c>postmaster</c>.</param>
public sealed record Address(string Local, string Domain)
{
    /// <summary>The null sender.</summary>
    public static Address Null { get; } = new("", "");

    /// <summary>True for the null sender.</summary>
    public bool IsNull => Local.Length == 0 && Domain.Length == 0;

    /// <summary>The internal form <c>local@domain</c>, unquoted: what logs show and lookup tables are asked. Empty for the null sender.</summary>
    public override string ToString() => Domain.Length == 0 ? Local : string.Concat(Local, "@", Domain);

    /// <summary>The same address with its domain in lower case, as tables key it.</summary>
    public Address WithFoldedDomain() => this with { Domain = Domain.ToLowerInvariant() };

    /// <summary>Splits an internal form at its last <c>@</c>. Any text is an address; nothing is validated.</summary>
    public static Address FromInternal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.LastIndexOf('@');
        return at < 0 ? new Address(text, "") : new Address(text[..at], text[(at + 1)..]);
    }

    /// <summary>The form of the wire, without angle brackets: a local part that is no dot-string is quoted (RFC 5321 §4.1.2).</summary>
    public string ToEnvelope()
    {
        if (IsNull) return "";
        var local = IsDotString(Local) ? Local : Quote(Local);
        return Domain.Length == 0 ? local : string.Concat(local, "@", Domain);
    }

    private static bool IsDotString(string local)
    {
        if (local.Length == 0 || local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal)) return false;
        foreach (var c in local)
        {
            if (!(char.IsAsciiLetterOrDigit(c) || c > 127 || c == '.' || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal))) return false;
        }
        return true;
    }

    private static string Quote(string local)
    {
        var quoted = new System.Text.StringBuilder(local.Length + 4).Append('"');
        foreach (var c in local)
        {
            if (c is '"' or '\\') quoted.Append('\\');
            quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
