using PolicyMTA.Control.Listings;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Postfix;

/// <summary><c>postsuper</c> (postsuper(1)): deletes, holds, releases, requeues and expires messages.</summary>
internal static class PostsuperProgram
{
    private const string Everything = "ALL";

    private static readonly Dictionary<char, (string Verb, string Each, string Sum)> Actions = new()
    {
        ['d'] = ("delete", "removed", "Deleted"),
        ['h'] = ("hold", "placed on hold", "Placed on hold"),
        ['H'] = ("release", "released from hold", "Released from hold"),
        ['r'] = ("requeue", "requeued", "Requeued"),
        ['e'] = ("bounce", "expired", "Force-expired"),
        ['f'] = ("bounce", "expired", "Force-expired"),
    };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = Options.Parse(arguments, "c:d:e:f:h:H:pr:sSv");
        var site = Site.Find(options.Configuration ?? options.Find('c'));
        var states = options.Operands.Select(QueueNames.StateOf).ToList();
        using var client = QueueClient.Open(site, null, "");
        foreach (var (letter, value) in options.Given)
        {
            // -p and -s mend what files in folders suffer; the store has no such damage.
            if (Actions.TryGetValue(letter, out var action)) await ChangeAsync(client, action, value, states, cancellationToken);
        }
        return SystemExit.Good;
    }

    private static async Task ChangeAsync(QueueClient client, (string Verb, string Each, string Sum) action, string id, IReadOnlyList<string> states, CancellationToken cancellationToken)
    {
        var count = 0;
        if (id == Everything) count = await ChangeAllAsync(client, action.Verb, states, cancellationToken);
        else if (id == "-")
        {
            while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Trim() is { Length: > 0 } name) count += await ChangeOneAsync(client, action, name, states, cancellationToken);
            }
        }
        else count = await ChangeOneAsync(client, action, id, states, cancellationToken);
        if (count > 0) await Console.Error.WriteLineAsync($"postsuper: {action.Sum}: {count} message{(count == 1 ? "" : "s")}");
    }

    private static async Task<int> ChangeAllAsync(QueueClient client, string verb, IReadOnlyList<string> states, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var state in states.Count == 0 ? [null] : states.Cast<string?>()) count += await client.ChangeAsync(verb, [("all", "true"), ("state", state)], cancellationToken);
        return count;
    }

    private static async Task<int> ChangeOneAsync(QueueClient client, (string Verb, string Each, string Sum) action, string id, IReadOnlyList<string> states, CancellationToken cancellationToken)
    {
        foreach (var state in states.Count == 0 ? [null] : states.Cast<string?>())
        {
            try
            {
                var count = await client.ChangeAsync(action.Verb, [("id", id), ("state", state)], cancellationToken);
                await Console.Error.WriteLineAsync($"postsuper: {id}: {action.Each}");
                return count;
            }
            // As Postfix: a message that is not there, or not in such a queue, is no mistake. One that nobody answers for is.
            catch (ConfigurationException refusal) when (refusal.Message.StartsWith(id, StringComparison.Ordinal)) { }
        }
        return 0;
    }
}
