using System.Net;

namespace PolicyMTA.Sdk;

/// <summary>The keys to ask an access table, most specific first (access(5)).</summary>
public static class AccessKeys
{
    /// <summary>
    /// <c>user+ext@domain</c>, <c>user@domain</c>, <c>domain</c> and its parents, <c>user+ext@</c>, <c>user@</c>.
    /// </summary>
    /// <param name="address">The address; not null.</param>
    /// <param name="delimiters">The characters of <c>recipient_delimiter</c>; empty when there are none.</param>
    /// <param name="parentsMatch">Whether a parent domain is asked as <c>parent</c> (true) or as <c>.parent</c>.</param>
    public static IEnumerable<string> OfAddress(Address address, string delimiters, bool parentsMatch)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = WithoutExtension(address.Local, delimiters);
        if (address.Domain.Length > 0)
        {
            yield return address.ToString();
            if (plain is not null) yield return $"{plain}@{address.Domain}";
            foreach (var key in OfHost(address.Domain, parentsMatch)) yield return key;
        }
        yield return $"{address.Local}@";
        if (plain is not null) yield return $"{plain}@";
    }

    /// <summary>The name, then its parents.</summary>
    public static IEnumerable<string> OfHost(string name, bool parentsMatch)
    {
        ArgumentNullException.ThrowIfNull(name);
        yield return name;
        if (HostName.IsAddress(name) || name.StartsWith('[')) yield break;
        for (var dot = name.IndexOf('.', 1 <= name.Length ? 1 : 0); dot >= 0 && dot + 1 < name.Length; dot = name.IndexOf('.', dot + 1))
        {
            yield return parentsMatch ? name[(dot + 1)..] : name[dot..];
        }
    }

    /// <summary>The address, then without its last octets or groups.</summary>
    public static IEnumerable<string> OfAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var text = address.ToString();
        yield return text;
        var separator = text.Contains(':', StringComparison.Ordinal) ? ':' : '.';
        for (var end = text.LastIndexOf(separator); end > 0; end = text.LastIndexOf(separator, end - 1))
        {
            // The shortened zeros of an IPv6 address leave an empty group behind.
            if (text[end - 1] != separator) yield return text[..end];
        }
    }

    /// <summary>The local part without its extension; null when it has none.</summary>
    public static string? WithoutExtension(string local, string delimiters)
    {
        ArgumentNullException.ThrowIfNull(local);
        var end = local.AsSpan().IndexOfAny(delimiters);
        return end > 0 ? local[..end] : null;
    }
}
