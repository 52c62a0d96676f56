using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>
/// <c>smtp_generic_maps</c>: addresses that only we know become public ones in what leaves, envelope and header section alike (generic(5)). The message in the queue stays as it is, and
/// so do fields in which no address changes. Thread-safe.
/// </summary>
/// <param name="rewriting">How a table is asked for an address.</param>
/// <param name="maps">The tables.</param>
/// <param name="tokenLimit"><c>header_address_token_limit</c>.</param>
public sealed class GenericMapping(AddressRewriting rewriting, IReadOnlyList<ILookupTable> maps, int tokenLimit)
{
    // Fields behind it are passed on as they are; receiving has smaller limits.
    private const int LongestHeader = 1024 * 1024;

    /// <summary>The request as it leaves.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    internal async ValueTask<DeliveryRequest> ApplyAsync(DeliveryRequest request, CancellationToken cancellationToken)
    {
        var message = request.Message;
        var recipients = new QueuedRecipient[request.Recipients.Count];
        for (var i = 0; i < recipients.Length; i++)
        {
            var (recipient, old) = (request.Recipients[i], request.Recipients[i].Address);
            var address = await MapAsync(old, cancellationToken);
            recipients[i] = address == old ? recipient : recipient with { Address = address, Original = recipient.Original ?? old };
        }
        var content = await MapAsync(message.Content, cancellationToken);
        return request with { Message = message with { Sender = await MapAsync(message.Sender, cancellationToken), Content = content }, Recipients = recipients };
    }

    private ValueTask<Address> MapAsync(Address address, CancellationToken cancellationToken) => rewriting.MapOnceAsync(maps, address, cancellationToken);

    private async ValueTask<IMessageContent> MapAsync(IMessageContent content, CancellationToken cancellationToken)
    {
        var header = Encoding.Latin1.GetString((await HeaderSection.ReadAsync(content, LongestHeader, cancellationToken)).Span);
        var mapped = new StringBuilder(header.Length + 64);
        var isChanged = false;
        for (var at = 0; at < header.Length;)
        {
            var end = EndOfField(header, at);
            var colon = header.IndexOf(':', at, end - at);
            var isWhole = end < header.Length || header[end - 1] == '\n';
            if (colon > at && isWhole && AddressFields.UseOf(header.AsSpan(at, colon - at).TrimEnd()) != AddressUse.None
                && await HeaderAddresses.MapAsync(header[(colon + 1)..end], rewriting, maps, tokenLimit, cancellationToken) is { } value)
            {
                mapped.Append(header, at, colon + 1 - at).Append(value);
                isChanged = true;
            }
            else
            {
                mapped.Append(header, at, end - at);
            }
            at = end;
        }
        return isChanged ? new ReplacedStart(content, header.Length, Encoding.Latin1.GetBytes(mapped.ToString())) : content;
    }

    /// <summary>Behind the field's last line; the lines that begin with white space are its own.</summary>
    private static int EndOfField(string header, int at)
    {
        do
        {
            var line = header.IndexOf('\n', at);
            if (line < 0) return header.Length;
            at = line + 1;
        }
        while (at < header.Length && header[at] is ' ' or '\t');
        return at;
    }
}
