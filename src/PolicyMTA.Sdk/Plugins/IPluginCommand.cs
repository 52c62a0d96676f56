namespace PolicyMTA.Sdk;

/// <summary>A command of a plugin's: <c>policymta NAME …</c>. It runs in a process of its own, with the configuration and without the server.</summary>
public interface IPluginCommand
{
    /// <summary>Runs it. <see cref="ConfigurationException"/> and <see cref="TemporaryFailureException"/> are told to whoever called, without a trace.</summary>
    /// <param name="arguments">The words behind its name; empty when there are none.</param>
    /// <param name="output">What it found. Flushed by the program.</param>
    /// <param name="errors">What went wrong.</param>
    /// <param name="cancellationToken">Ends with the process.</param>
    /// <returns>The exit code: 0 when all is well.</returns>
    ValueTask<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken cancellationToken);
}
