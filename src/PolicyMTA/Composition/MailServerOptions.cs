using Microsoft.Extensions.Logging;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>What a mail server needs besides its configuration: the outside world.</summary>
internal sealed record MailServerOptions
{
    /// <summary>Where the program's own files are: its folder <c>plugins</c> is what ships.</summary>
    public string ProgramFolder { get; init; } = AppContext.BaseDirectory;
    /// <summary>The log.</summary>
    public required ILoggerFactory Logging { get; init; }
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
    /// <summary>The sockets that the service manager passed.</summary>
    public InheritedSockets Sockets { get; init; } = InheritedSockets.None;
    /// <summary>DNS; null: the machine's resolver. The caller disposes what it passes.</summary>
    public IDnsResolver? Dns { get; init; }
}
