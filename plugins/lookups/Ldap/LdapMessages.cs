using System.Formats.Asn1;
using System.Text;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>One search (RFC 4511 §4.5.1). A size limit of 0 is none.</summary>
internal sealed record LdapSearch(string Base, LdapScope Scope, string Filter, IReadOnlyList<string> Attributes, int SizeLimit, int Dereference, TimeSpan Timeout);

/// <summary>An entry that was found: its attributes and their values, in the server's order.</summary>
internal sealed record LdapEntry(string Name, IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Attributes);

/// <summary>The messages of RFC 4511 that a table needs. BER in both directions; nothing here does any work but reading and writing bytes.</summary>
internal static class LdapMessages
{
    internal static readonly Asn1Tag Entry = Application(4), Done = Application(5), Reference = Application(19), BindDone = Application(1), ExtendedDone = Application(24);

    private const string StartTls = "1.3.6.1.4.1.1466.20037";

    /// <summary>A bind with a name and password, or with nothing for an anonymous one.</summary>
    internal static byte[] SimpleBind(int id, string name, string password) => Write(id, writer =>
    {
        using var bind = writer.PushSequence(Application(0));
        writer.WriteInteger(3);
        writer.WriteOctetString(Encoding.UTF8.GetBytes(name));
        writer.WriteOctetString(Encoding.UTF8.GetBytes(password), new Asn1Tag(TagClass.ContextSpecific, 0));
    });

    /// <summary>A bind as whom TLS or the unix socket says we are (SASL EXTERNAL, RFC 4422 appendix A).</summary>
    internal static byte[] ExternalBind(int id, string identity) => Write(id, writer =>
    {
        using var bind = writer.PushSequence(Application(0));
        writer.WriteInteger(3);
        writer.WriteOctetString([]);
        using var credentials = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3, true));
        writer.WriteOctetString("EXTERNAL"u8);
        writer.WriteOctetString(Encoding.UTF8.GetBytes(identity));
    });

    internal static byte[] StartTlsRequest(int id) => Write(id, writer =>
    {
        using var request = writer.PushSequence(Application(23));
        writer.WriteOctetString(Encoding.ASCII.GetBytes(StartTls), new Asn1Tag(TagClass.ContextSpecific, 0));
    });

    internal static byte[] Unbind(int id) => Write(id, writer => writer.WriteNull(new Asn1Tag(TagClass.Application, 2)));

    /// <exception cref="Sdk.ConfigurationException">The filter is none.</exception>
    internal static byte[] Search(int id, LdapSearch search) => Write(id, writer =>
    {
        using var request = writer.PushSequence(Application(3));
        writer.WriteOctetString(Encoding.UTF8.GetBytes(search.Base));
        writer.WriteEncodedValue([0x0a, 1, (byte)search.Scope]);
        writer.WriteEncodedValue([0x0a, 1, (byte)search.Dereference]);
        writer.WriteInteger(search.SizeLimit);
        writer.WriteInteger((int)search.Timeout.TotalSeconds);
        writer.WriteBoolean(false);
        LdapFilter.Write(search.Filter, writer);
        using var attributes = writer.PushSequence();
        foreach (var attribute in search.Attributes) writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute));
    });

    /// <summary>The parts of a message: its number, what it is, and the rest.</summary>
    /// <exception cref="InvalidDataException">It is no message.</exception>
    internal static (int Id, Asn1Tag Kind, AsnReader Body) Read(ReadOnlyMemory<byte> message) => Checked(() =>
    {
        var reader = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        if (!reader.TryReadInt32(out var id)) throw new InvalidDataException("a message has no number");
        var kind = reader.PeekTag();
        return (id, kind, kind is { TagClass: TagClass.Application, IsConstructed: true } ? reader.ReadSequence(kind) : throw new InvalidDataException("a message of no known kind"));
    });

    /// <exception cref="InvalidDataException">It is no entry.</exception>
    internal static LdapEntry ReadEntry(AsnReader body) => Checked(() =>
    {
        var name = Text(body);
        var attributes = new List<(string, IReadOnlyList<string>)>();
        for (var list = body.ReadSequence(); list.HasData;)
        {
            var attribute = list.ReadSequence();
            var (type, values) = (Text(attribute), new List<string>());
            for (var set = attribute.ReadSetOf(skipSortOrderValidation: true); set.HasData;) values.Add(Text(set));
            attributes.Add((type, values));
        }
        return new LdapEntry(name, attributes);
    });

    /// <summary>The code and the server's text of a result (RFC 4511 §4.1.9).</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static (int Code, string Text) ReadResult(AsnReader body) => Checked(() =>
    {
        var code = body.ReadEncodedValue().Span is [0x0a, 1, var value] ? value : throw new InvalidDataException("a result has no code");
        Text(body);
        return ((int)code, Text(body));
    });

    private static string Text(AsnReader reader) => Encoding.UTF8.GetString(reader.ReadOctetString());

    private static Asn1Tag Application(int number) => new(TagClass.Application, number, true);

    private static byte[] Write(int id, Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            write(writer);
        }
        return writer.Encode();
    }

    private static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (AsnContentException error)
        {
            throw new InvalidDataException($"the server's message is malformed: {error.Message}", error);
        }
    }
}
