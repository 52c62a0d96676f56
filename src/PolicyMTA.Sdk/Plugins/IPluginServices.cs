using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace PolicyMTA.Sdk;

/// <summary>What the program offers to a plugin's factories. May be kept by what they make; everything here is thread-safe.</summary>
public interface IPluginServices
{
    /// <summary>The plugin's options as declared with <see cref="IPluginRegistry.AddOptions{TOptions}"/>.</summary>
    TOptions Options<TOptions>() where TOptions : class;
    /// <summary>Parameters of the main configuration.</summary>
    ISettings Settings { get; }
    /// <summary>Lookup tables of this generation.</summary>
    ILookupTables Tables { get; }
    /// <summary>Address classes of this generation.</summary>
    IAddressClasses Addresses { get; }
    /// <summary>DNS.</summary>
    IDnsResolver Dns { get; }
    /// <summary>Whether addresses take mail, as the next hop says.</summary>
    IAddressVerifier Verifier { get; }
    /// <summary>The way into the queue for mail that the plugin writes.</summary>
    IMailSubmission Submission { get; }
    /// <summary>
    /// Where the plugin counts: counters made here are shown with the server's own, as <c>policymta metrics</c> has them, and go on counting after a reload. Not for instruments
    /// that ask the plugin (observable ones): they would keep it in memory.
    /// </summary>
    Meter Meter { get; }
    /// <summary>True where policies are only tried out: nothing outside may be reached or changed, but through <see cref="Dns"/> and <see cref="Tables"/>, which stand for it.</summary>
    bool IsRehearsal => false;
    /// <summary>The clock.</summary>
    TimeProvider Time { get; }
    /// <summary>The plugin's log.</summary>
    ILogger Logger { get; }
    /// <summary>Work that outlasts a call. The program awaits it and ends its token when the plugin is let go; an exception is logged with the plugin's name.</summary>
    void Run(string name, Func<CancellationToken, Task> work);
}

/// <summary>Parameters of the main configuration by their Postfix names, as text. A name that nobody declared throws.</summary>
public interface ISettings
{
    /// <summary>The value, or its declared default; of a parameter of the program that names a file or folder, the absolute path.</summary>
    string Text(string name);
    /// <summary>The value as a number.</summary>
    int Int32(string name);
    /// <summary>The value as yes or no.</summary>
    bool Boolean(string name);
    /// <summary>The value as a list; elements were separated by commas or white space, or were a TOML array.</summary>
    IReadOnlyList<string> List(string name);
    /// <summary>A path that stands in a plugin's options: a relative one begins at the folder of the configuration.</summary>
    string FullPath(string path);
}
