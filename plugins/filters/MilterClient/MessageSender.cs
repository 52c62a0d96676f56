using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>Sends a message to a filter, field by field and then in pieces. It may decide before the end. Pure besides its connection.</summary>
internal sealed class MessageSender(FilterConnection connection, Agreement agreement, Func<MacroStage, char, CancellationToken, ValueTask> sendMacros)
{
    // MILTER_CHUNK_SIZE of libmilter's mfdef.h.
    private const int PieceSize = 65535;

    /// <summary>The filter's decision; null when it wants to hear the end.</summary>
    internal async ValueTask<Verdict?> SendAsync(IMessage message, CancellationToken cancellationToken) =>
        await SendHeadersAsync(message, cancellationToken) ?? await SendBodyAsync(message, cancellationToken);

    private async ValueTask<Verdict?> SendHeadersAsync(IMessage message, CancellationToken cancellationToken)
    {
        // None of them may change meanwhile: no milter is asked beside another.
        foreach (var field in agreement.Has(Steps.NoHeaders) ? [] : message.Headers)
        {
            await connection.SendAsync('L', Bytes(field), cancellationToken);
            if (!agreement.Has(Steps.NoReplyToHeader) && await ReadAsync(cancellationToken) is FilterReply.Decided decided) return decided.Verdict;
        }
        if (agreement.Has(Steps.NoEndOfHeaders)) return null;
        await sendMacros(MacroStage.EndOfHeaders, 'N', cancellationToken);
        await connection.SendAsync('N', default(ReadOnlyMemory<byte>), cancellationToken);
        return !agreement.Has(Steps.NoReplyToEndOfHeaders) && await ReadAsync(cancellationToken) is FilterReply.Decided last ? last.Verdict : null;
    }

    private async ValueTask<Verdict?> SendBodyAsync(IMessage message, CancellationToken cancellationToken)
    {
        if (agreement.Has(Steps.NoBody)) return null;
        await using var body = message.OpenBody();
        var piece = new byte[PieceSize];
        while (await body.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var length)
        {
            await connection.SendAsync('B', piece.AsMemory(0, length), cancellationToken);
            if (agreement.Has(Steps.NoReplyToBody)) continue;
            switch (await ReadAsync(cancellationToken, maySkip: agreement.Has(Steps.Skip)))
            {
                case FilterReply.Decided decided: return decided.Verdict;
                case FilterReply.Skip: return null;
            }
        }
        return null;
    }

    private async ValueTask<FilterReply> ReadAsync(CancellationToken cancellationToken, bool maySkip = false)
    {
        while (true)
        {
            var frame = await connection.ReadAsync(cancellationToken);
            var reply = FilterReply.Read(frame);
            if (reply is FilterReply.Progress) continue;
            return reply is FilterReply.Edit or FilterReply.Skip && !(maySkip && reply is FilterReply.Skip) ? throw frame.Nonsense("is no answer here") : reply;
        }
    }

    // A header section is bytes, one character each; lines end as in a file (Postfix).
    private byte[] Bytes(HeaderField field)
    {
        var value = field.Value.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal);
        if (!agreement.Has(Steps.LeadingSpace) && value.StartsWith(' ')) value = value[1..];
        return Encoding.Latin1.GetBytes($"{field.Name}\0{value}\0");
    }
}
