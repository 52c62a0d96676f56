using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Whether a server can take a message, and in which form: REQUIRETLS, SIZE, SMTPUTF8 and 8BITMIME.</summary>
internal static class ContentFit
{
    private static readonly EnhancedStatus TooLarge = new(5, 3, 4);
    private static readonly EnhancedStatus Utf8NotOffered = new(5, 6, 7);
    private static readonly EnhancedStatus CannotConvert = new(5, 6, 3);

    /// <summary>What to send, or why not to this server.</summary>
    public static async ValueTask<(IMessageContent Content, Failure? Obstacle)> FindAsync(ClientConnection connection, Attempt attempt, ClientSettings settings, CancellationToken cancellationToken)
    {
        var (keywords, server, message, content) = (connection.Keywords, connection.Destination, attempt.Request.Message, attempt.Request.Message.Content);
        if (attempt.RequiresTls && !keywords.RequireTls && server.EndPoint is not UnixDomainSocketEndPoint)
        {
            return (content, Failure.LacksRequireTls(server, $"it was not offered by host {server.Name}"));
        }
        if (message.Mail.SmtpUtf8 && !keywords.SmtpUtf8 && await Utf8Need.IsNeededAsync(attempt.Request, cancellationToken))
        {
            return (content, Failure.At(server, Utf8NotOffered, $"SMTPUTF8 is required, but was not offered by host {server.Name}"));
        }
        if (!keywords.EightBitMime && !settings.SendsEightBitAnyway && await SevenBitConverter.IsEightBitAsync(content, cancellationToken))
        {
            if (await SevenBitConverter.ConvertAsync(content, cancellationToken) is not { } converted)
            {
                return (content, Failure.At(server, CannotConvert, $"8BITMIME is required, but was not offered by host {server.Name}"));
            }
            content = converted;
        }
        var isTooLarge = keywords.Size is > 0 and var limit && content.Length > limit;
        return (content, isTooLarge ? Failure.At(server, TooLarge, $"message size {content.Length} exceeds size limit {keywords.Size} of server {server.Name}") : null);
    }
}
