using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>How a question and its reply look on the wire. Thread-safe.</summary>
internal interface IWireExchange
{
    /// <summary>The question; null when the key is too long for the protocol.</summary>
    byte[]? Ask(string key);

    /// <summary>Reads one reply.</summary>
    /// <exception cref="InvalidDataException">It is malformed or too long.</exception>
    ValueTask<string> ReadAsync(WireReader reader, CancellationToken cancellationToken);

    /// <summary>What a reply says.</summary>
    /// <exception cref="InvalidDataException">It is none of the protocol's.</exception>
    LookupResult Parse(string reply);
}
