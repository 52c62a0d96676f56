namespace PolicyMTA.Sdk;

/// <summary>
/// A rule of a stage made by a plugin, with Postfix's name in policies (<c>r.reject_unauth_destination()</c>). The context type says what it needs;
/// a stage that lacks it refuses the rule when policies are loaded.
/// </summary>
/// <typeparam name="TContext">The least context it can work with.</typeparam>
/// <remarks>
/// Called by many sessions at once, one call at a time per session: keep no state of a session. Answer <see cref="Verdict.Dunno"/> for no opinion.
/// Await, never block; observe the token, which ends with the rule's budget or the session. A temporary failure of DNS is a latched or plain
/// deferral; an exception costs the client one <c>451 4.3.0</c>, is logged with the plugin's name, and repeated ones quarantine the plugin.
/// Dispose (when implemented) runs after the last call.
/// </remarks>
public interface IRestriction<in TContext> where TContext : ClientContext
{
    /// <summary>Says what it thinks of the session at this moment. Never null.</summary>
    ValueTask<Verdict> CheckAsync(TContext context, CancellationToken cancellationToken);
}

/// <summary>What a policy passed to <c>r.NAME(…)</c>. An immutable value.</summary>
/// <param name="Name">The restriction's name.</param>
/// <param name="Positional">The positional arguments: string, double, bool, or a list of these.</param>
/// <param name="Options">The last argument when it is an object: its keys and values; empty otherwise.</param>
public sealed record RestrictionArguments(string Name, IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Options)
{
    /// <summary>The n-th positional argument as text.</summary>
    /// <exception cref="ConfigurationException">It is missing or no text.</exception>
    public string Text(int index, string what) =>
        index < Positional.Count && Positional[index] is string text && text.Length > 0
            ? text
            : throw new ConfigurationException($"{Name}: {what} is missing");

    /// <summary>Refuses arguments beyond those that are known.</summary>
    /// <exception cref="ConfigurationException">There is an argument or option too many.</exception>
    public void Allow(int positional, params ReadOnlySpan<string> options)
    {
        if (Positional.Count > positional) throw new ConfigurationException($"{Name} takes {positional} argument(s), not {Positional.Count}");
        foreach (var key in Options.Keys)
        {
            if (!options.Contains(key)) throw new ConfigurationException($"{Name} has no option '{key}'");
        }
    }
}
