using MimeKit;
using MessagePart = PolicyMTA.Policy.Scripting.Contexts.MessagePart;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>Takes a message apart for <c>message.parts</c>. What is inside attached messages is listed too; archives stay closed.</summary>
internal static class MessageParts
{
    /// <summary>More than anybody sends; a message with more is no list of its first ones.</summary>
    internal const int MostParts = 1000;

    private const int DeepestNesting = 100;

    /// <summary>Every leaf, in order.</summary>
    /// <exception cref="FormatException">There are too many, or too deep.</exception>
    internal static IReadOnlyList<MessagePart> Read(Stream message, CancellationToken cancellationToken)
    {
        var parts = new List<MessagePart>();
        // A seekable stream is read in place: nothing of a large message is copied.
        var parser = new MimeParser(new ParserOptions { MaxMimeDepth = 2 * DeepestNesting }, message, persistent: message.CanSeek);
        Add(parser.ParseEntity(cancellationToken), parts, 0, cancellationToken);
        return parts;
    }

    private static void Add(MimeEntity? entity, List<MessagePart> parts, int depth, CancellationToken cancellationToken)
    {
        if (depth > DeepestNesting) throw new FormatException($"parts are nested more than {DeepestNesting} deep");
        switch (entity)
        {
            case Multipart multipart:
                foreach (var part in multipart) Add(part, parts, depth + 1, cancellationToken);
                break;
            case MimeKit.MessagePart attached:
                Add(attached.Message?.Body, parts, depth + 1, cancellationToken);
                break;
            case MimePart leaf:
                if (parts.Count == MostParts) throw new FormatException($"the message has more than {MostParts} parts");
                parts.Add(Read(leaf, cancellationToken));
                break;
        }
    }

    private static MessagePart Read(MimePart leaf, CancellationToken cancellationToken)
    {
        using var content = new PartContent();
        leaf.Content?.DecodeTo(content, cancellationToken);
        return content.Finish(leaf.FileName, leaf.ContentType.MimeType.ToLowerInvariant());
    }
}
