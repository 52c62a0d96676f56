using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>What a filter changes at the end of a message. A closed set of immutable values.</summary>
internal abstract record FilterEdit
{
    private FilterEdit() { }

    /// <summary>A field at the end of the header section.</summary>
    internal sealed record AddHeader(string Name, string Value) : FilterEdit;

    /// <summary>A field at a place: 0 and 1 stand before all others.</summary>
    internal sealed record InsertHeader(int Index, string Name, string Value) : FilterEdit;

    /// <summary>Another value for the n-th field of that name; none removes it.</summary>
    internal sealed record ChangeHeader(int Occurrence, string Name, string Value) : FilterEdit;

    /// <summary>A piece of a new body.</summary>
    internal sealed record ReplaceBody(ReadOnlyMemory<byte> Piece) : FilterEdit;

    /// <summary>Another sender.</summary>
    internal sealed record ChangeSender(Address Sender, MailParameters? Parameters) : FilterEdit;

    /// <summary>One recipient more.</summary>
    internal sealed record AddRecipient(Address Recipient, RecipientParameters? Parameters) : FilterEdit;

    /// <summary>One recipient less.</summary>
    internal sealed record RemoveRecipient(Address Recipient) : FilterEdit;

    /// <summary>The message is held.</summary>
    internal sealed record Quarantine(string Reason) : FilterEdit;

    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static FilterEdit Read(Frame frame)
    {
        switch (frame.Letter)
        {
            case 'h': return Field(frame, 0, (name, value) => new AddHeader(name, value));
            case 'i':
                var index = Count(frame);
                return Field(frame, 4, (name, value) => new InsertHeader(index, name, value));
            case 'm':
                var occurrence = Count(frame);
                return occurrence > 0 ? Field(frame, 4, (name, value) => new ChangeHeader(occurrence, name, value)) : throw frame.Nonsense("counts fields from 0");
            case 'b': return new ReplaceBody(frame.Content);
            case 'e' when frame.Texts(0, 1, 2) is var from: return new ChangeSender(FilterAddress.Read(from[0]), from.Count > 1 ? FilterParameters.OfMail(from[1]) : null);
            case '+': return new AddRecipient(Named(frame.Texts(0, 1, 1)[0], frame), null);
            case '2' when frame.Texts(0, 1, 2) is var added: return new AddRecipient(Named(added[0], frame), added.Count > 1 ? FilterParameters.OfRecipient(added[1]) : null);
            case '-': return new RemoveRecipient(Named(frame.Texts(0, 1, 1)[0], frame));
            case 'q': return new Quarantine(frame.Texts(0, 1, 1)[0]);
            default: throw frame.Nonsense("is nothing we know");
        }
    }

    private static int Count(Frame frame) => frame.Number(0) is <= int.MaxValue and var index ? (int)index : throw frame.Nonsense("counts below zero");

    private static FilterEdit Field(Frame frame, int at, Func<string, string, FilterEdit> make)
    {
        var texts = frame.Texts(at, 2, 2);
        return texts[0].Length > 0 ? make(texts[0], texts[1]) : throw frame.Nonsense("names no field");
    }

    private static Address Named(string text, Frame frame) => FilterAddress.Read(text) is { IsNull: false } address ? address : throw frame.Nonsense("names no recipient");
}
