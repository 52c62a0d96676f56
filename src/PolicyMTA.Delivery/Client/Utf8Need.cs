using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Whether a message that came with SMTPUTF8 really needs it (RFC 6531 §3.2): a non-ASCII address, or a header section that is not ASCII.</summary>
internal static class Utf8Need
{
    private const int LongestHeader = 256 * 1024;

    public static async ValueTask<bool> IsNeededAsync(DeliveryRequest request, CancellationToken cancellationToken)
    {
        if (!Ascii.IsValid(request.Message.Sender.ToString())) return true;
        foreach (var recipient in request.Recipients)
        {
            if (!Ascii.IsValid(recipient.Address.ToString())) return true;
        }
        return !Ascii.IsValid((await HeaderSection.ReadAsync(request.Message.Content, LongestHeader, cancellationToken)).Span);
    }
}
