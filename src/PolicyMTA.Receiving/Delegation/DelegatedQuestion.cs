using System.Buffers;
using System.Globalization;
using System.Text;

namespace PolicyMTA.Receiving.Delegation;

/// <summary>A question of another MTA (Postfix SMTPD_POLICY_README): attributes by their names. An immutable value.</summary>
internal sealed record DelegatedQuestion
{
    /// <summary>Bytes of a question, its empty line included. Postfix's have a few hundred; names of certificates may be long.</summary>
    internal const int Longest = 32 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly IReadOnlyDictionary<string, string> _attributes;

    private DelegatedQuestion(IReadOnlyDictionary<string, string> attributes) => _attributes = attributes;

    /// <summary>An attribute; empty when it was not given.</summary>
    internal string this[string name] => _attributes.GetValueOrDefault(name, "");

    /// <summary>An attribute as a number; 0 when it is none.</summary>
    internal long Number(string name) => long.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Takes a whole question off the front; null while there is none.</summary>
    /// <exception cref="InvalidDataException">It is too long or malformed.</exception>
    internal static DelegatedQuestion? TakeFrom(ref ReadOnlySequence<byte> bytes)
    {
        var reader = new SequenceReader<byte>(bytes);
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            if (reader.Consumed > Longest) break;
            if (line.IsEmpty)
            {
                bytes = bytes.Slice(reader.Position);
                return attributes.GetValueOrDefault("request") == "smtpd_access_policy" ? new DelegatedQuestion(attributes) : throw new InvalidDataException("a question that is not request=smtpd_access_policy");
            }
            Add(attributes, line);
        }
        return bytes.Length >= Longest || reader.Consumed > Longest ? throw new InvalidDataException($"a question of more than {Longest} bytes") : null;
    }

    private static void Add(Dictionary<string, string> attributes, in ReadOnlySequence<byte> line)
    {
        var text = Decode(line);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new InvalidDataException("a line that is not name=value");
        if (text.Any(char.IsControl)) throw new InvalidDataException("a control character");
        // Of two values one would be a client's.
        if (!attributes.TryAdd(text[..equals], text[(equals + 1)..])) throw new InvalidDataException("an attribute that stands there twice");
    }

    private static string Decode(in ReadOnlySequence<byte> line)
    {
        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            // What a client sent may be anything: one byte is one character.
            return Encoding.Latin1.GetString(line);
        }
    }
}
