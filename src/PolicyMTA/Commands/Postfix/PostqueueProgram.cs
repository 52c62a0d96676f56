namespace PolicyMTA.Commands.Postfix;

/// <summary><c>postqueue</c> and <c>mailq</c> (postqueue(1)).</summary>
internal static class PostqueueProgram
{
    public static Task<int> RunMailqAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        // Called by this name sendmail takes its options and heeds none of them.
        var options = Options.Parse(arguments, "A:B:C:F:GIL:N:O:R:UV:X:b:c:ef:h:imno:p:r:q:tvx");
        var site = Site.Find(options.Configuration ?? options.Find('C') ?? options.Find('c'));
        return ListAsync(site, options.IsJson ? "json" : "mailq", cancellationToken);
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = Options.Parse(arguments, "c:fi:jps:v");
        var site = Site.Find(options.Configuration ?? options.Find('c'));
        var modes = options.Given.Where(option => option.Letter is not ('c' or 'v')).ToList();
        if (modes.Count != 1 || options.Operands.Count > 0) throw new FatalException(SystemExit.Usage, "usage: postqueue -f | -i queue_id | -j | -p | -s site");
        return modes[0].Letter switch
        {
            'p' => await ListAsync(site, "mailq", cancellationToken),
            'j' => await ListAsync(site, "postqueue", cancellationToken),
            'i' => await FlushAsync(site, null, modes[0].Value, cancellationToken),
            's' => await FlushAsync(site, modes[0].Value.TrimStart('@').Trim('[', ']'), null, cancellationToken),
            _ => await FlushAsync(site, null, null, cancellationToken),
        };
    }

    /// <summary>Has mail tried now: of a domain, of an id, or all.</summary>
    public static async Task<int> FlushAsync(Site site, string? domain, string? id, CancellationToken cancellationToken)
    {
        using var client = QueueClient.Open(site, "authorized_flush_users", "flush the mail queue");
        await client.ChangeAsync("flush", [("domain", domain), ("id", id), ("all", domain is null && id is null ? "true" : null)], cancellationToken);
        return SystemExit.Good;
    }

    private static async Task<int> ListAsync(Site site, string format, CancellationToken cancellationToken)
    {
        using var client = QueueClient.Open(site, "authorized_mailq_users", "view the mail queue");
        await client.ListAsync(format, cancellationToken);
        return SystemExit.Good;
    }
}
