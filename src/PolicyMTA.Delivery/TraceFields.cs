using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>What a message tells of the way it has come: where it was delivered to, and how many servers it passed. An immutable value.</summary>
internal sealed class TraceFields
{
    private const int LongestHeader = 256 * 1024;

    private readonly HashSet<string> _delivered = new(StringComparer.OrdinalIgnoreCase);

    private TraceFields() { }

    /// <summary>The number of Received fields.</summary>
    public int Received { get; private set; }

    public static async ValueTask<TraceFields> ReadAsync(IMessageContent content, CancellationToken cancellationToken)
    {
        var fields = new TraceFields();
        var header = await HeaderSection.ReadAsync(content, LongestHeader, cancellationToken);
        foreach (var line in Unfold(Encoding.UTF8.GetString(header.Span)))
        {
            if (line.StartsWith("Received:", StringComparison.OrdinalIgnoreCase)) fields.Received++;
            else if (line.StartsWith("Delivered-To:", StringComparison.OrdinalIgnoreCase)) fields._delivered.Add(line["Delivered-To:".Length..].Trim());
        }
        return fields;
    }

    /// <summary>Whether it was delivered to this address before.</summary>
    public bool HasReached(Address address) => _delivered.Contains(address.ToEnvelope()) || _delivered.Contains(address.ToString());

    // A folded field is one line (RFC 5322 §2.2.3).
    private static string[] Unfold(string header) => header.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", " ", StringComparison.Ordinal).Split("\r\n");
}
