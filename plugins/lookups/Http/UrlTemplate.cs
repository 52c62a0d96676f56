using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Http;

/// <summary>
/// An address with Postfix's expansions, each written with percent-encoding (RFC 3986 §2.1), so that a key never becomes more than one segment or value.
/// The scheme and server are fixed. Immutable and thread-safe.
/// </summary>
internal sealed class UrlTemplate
{
    private readonly KeyTemplate _template;

    private UrlTemplate(KeyTemplate template, string server) => (_template, Server) = (template, server);

    /// <summary>The server's address, for the log: a path may hold a secret.</summary>
    internal string Server { get; }

    /// <exception cref="ConfigurationException">It is no http or https address, or has no expansion, or one in the server's name.</exception>
    internal static UrlTemplate Parse(string text)
    {
        if (text.IndexOfAny(['\'', '"', '\0', ' ']) >= 0) throw new ConfigurationException("quotes and spaces can't stand in an address: write %%27, %%22, %%20");
        var template = KeyTemplate.Parse(text);
        if (!template.HasExpansions) throw new ConfigurationException("the address does not ask for the key: it has none of %s %u %d %1 … %9");
        if (!Uri.TryCreate(template.Start, UriKind.Absolute, out var start) || start.Scheme is not ("http" or "https") || !HasPath(template.Start) || start.UserInfo.Length > 0)
        {
            throw new ConfigurationException("write http://server/path or https://server/path, with the expansions behind the server's name");
        }
        return new UrlTemplate(template, start.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>The address for a key; false when the key lacks a part, or a key can't be said in an address.</summary>
    internal bool TryBind(string key, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        return _template.Expand(key, Uri.EscapeDataString) is { } bound
            && !HasDots(bound) && Uri.TryCreate(bound, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out address);
    }

    // A segment "." or ".." is a step to another path (RFC 3986 §5.2.4), and encoding it changes nothing: there is no way to ask for such a key.
    private static bool HasDots(string address)
    {
        var path = address.AsSpan()[..(address.IndexOf('?', StringComparison.Ordinal) is var mark && mark >= 0 ? mark : address.Length)];
        foreach (var segment in path.Split('/'))
        {
            if (path[segment] is "." or "..") return true;
        }
        return false;
    }

    private static bool HasPath(string text) => text.IndexOf('/', text.IndexOf("://", StringComparison.Ordinal) + 3) > 0;
}
