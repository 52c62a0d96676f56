namespace PolicyMTA.Configuration;

/// <summary>What a key's value is.</summary>
internal enum KeyKind
{
    /// <summary>Any text.</summary>
    Text,
    /// <summary>A whole number from 0.</summary>
    Number,
    /// <summary>True or false, or <c>yes</c> or <c>no</c>.</summary>
    Boolean,
    /// <summary>A span of time: <c>300s</c>, <c>5d</c>.</summary>
    Duration,
    /// <summary>Words, as a TOML array or separated by commas or spaces.</summary>
    List,
    /// <summary>Networks: <c>192.0.2.0/24</c>.</summary>
    Networks,
    /// <summary>Lookup tables, <c>type:name</c> each.</summary>
    Tables,
    /// <summary>Domains, and lookup tables of domains.</summary>
    Domains,
    /// <summary>One of some words.</summary>
    Choice,
    /// <summary>Versions of TLS: <c>&gt;=TLSv1.2</c>, <c>!TLSv1.1</c>.</summary>
    TlsProtocols,
    /// <summary>An IP address, or nothing.</summary>
    Address,
    /// <summary>Text with macros of its own (<c>$home</c>), expanded where it is used.</summary>
    Template,
    /// <summary>A file or folder, from the configuration's folder when relative.</summary>
    FilePath,
}
