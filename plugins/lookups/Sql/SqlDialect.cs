using System.Data.Common;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sql;

/// <summary>What a kind of database server does its own way. Immutable and thread-safe.</summary>
internal abstract class SqlDialect
{
    /// <summary>The table type.</summary>
    internal abstract string Type { get; }

    /// <summary>Its parameters beside those that all have.</summary>
    internal abstract IReadOnlyList<string> OwnParameters { get; }

    /// <summary>The n-th placeholder of a query, counted from 1.</summary>
    internal abstract string Placeholder(int number);

    /// <summary>A server as <c>hosts</c> names it, ready to be connected to.</summary>
    /// <exception cref="ConfigurationException">A parameter is wrong.</exception>
    /// <exception cref="FormatException">The host is none.</exception>
    internal abstract DbDataSource Connect(string host, QueryParameters parameters);

    /// <summary>Adds a value; the server decides what type it is.</summary>
    internal abstract void AddValue(DbCommand command, int number, string value);

    /// <summary>Whether the server was lost or did not answer, so that another one may; false when it answered that the query is wrong.</summary>
    internal abstract bool IsLost(Exception error);

    /// <summary>Where a host and its port part: <c>inet:</c> before is allowed, IPv6 addresses stand in brackets.</summary>
    private protected static (string Host, int? Port) Split(string text)
    {
        if (text.StartsWith("inet:", StringComparison.OrdinalIgnoreCase)) text = text["inet:".Length..];
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0) throw new FormatException($"'{text}' has a bracket that does not end");
            return (text[1..end], end + 1 == text.Length ? null : Port(text[(end + 1)..], text));
        }
        var colon = text.LastIndexOf(':');
        return colon < 0 ? (text, null) : (text[..colon], Port(text[colon..], text));
    }

    private static int Port(string text, string whole) =>
        text.StartsWith(':') && int.TryParse(text.AsSpan(1), System.Globalization.NumberStyles.None, null, out var port) && port is > 0 and <= 65535 ? port : throw new FormatException($"'{whole}' has no port behind its colon");
}
