using PolicyMTA.Configuration;

namespace PolicyMTA.Generations;

/// <summary>What is chosen at the start and lives as long as the process.</summary>
internal static class StartOnly
{
    /// <summary>A warning for each such choice that a reload would change.</summary>
    public static IEnumerable<ConfigurationError> FindChanges(MailConfiguration? before, MailConfiguration after)
    {
        if (before is null) yield break;
        if (before.Queue with { HoldDeliveries = after.Queue.HoldDeliveries } != after.Queue) yield return Warning(after, "[queue] folder, store and node");
        if (before.Logging != after.Logging || Names(before) != Names(after)) yield return Warning(after, "[logging], syslog_name and syslog_facility");
        if (before.Parameters.Text("address_verify_map") != after.Parameters.Text("address_verify_map")) yield return Warning(after, "address_verify_map");
        if (before.LocalSubmission != after.LocalSubmission) yield return Warning(after, "[local_submission]");
        if (before.Policy.Traces != after.Policy.Traces) yield return Warning(after, "[policy] trace_database, trace_lifetime and trace_size");
        if (before.Control != after.Control) yield return Warning(after, "[control]");
    }

    private static (string, string) Names(MailConfiguration configuration) => (configuration.Parameters.Text("syslog_name"), configuration.Parameters.Text("syslog_facility"));

    private static ConfigurationError Warning(MailConfiguration configuration, string what) => new(configuration.File, 0, 0, $"{what} change with the next start of the server");
}
