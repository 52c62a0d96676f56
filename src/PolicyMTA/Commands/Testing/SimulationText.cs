using PolicyMTA.Rehearsals;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Testing;

/// <summary>A simulated dialogue as people read it: what is said, the rules that were asked for it with their places and times, and the reply.</summary>
internal sealed class SimulationText(bool isQuiet)
{
    /// <summary>One command and its reply.</summary>
    public void Write(string said, RehearsedReply reply)
    {
        Console.WriteLine(said);
        TraceText.WriteSteps(Console.Out, isQuiet ? [.. reply.Steps.Where(step => step.Verdict != "dunno")] : reply.Steps);
        foreach (var line in reply.Lines) Console.WriteLine($"    > {line}");
    }

    /// <summary>What would be queued.</summary>
    public static void Write(IReadOnlyList<(QueueEntry Entry, string Content)> queue)
    {
        foreach (var (entry, _) in queue)
        {
            Console.WriteLine($"queued: from <{entry.Sender}>, {entry.Size} bytes");
            foreach (var recipient in entry.Recipients)
                Console.WriteLine($"  to <{recipient.Address}>{(recipient.Original is { } original ? $", for <{original}>" : "")}{(recipient.State == RecipientState.Held ? $", held in {recipient.HoldName}" : "")}{(recipient.RouteOverride is { } route ? $", by {route}" : "")}");
        }
    }
}
