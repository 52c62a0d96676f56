using System.CommandLine;

namespace PolicyMTA.Commands;

/// <summary>The options that choose messages of the queue.</summary>
internal sealed class QueueChoice
{
    private readonly Option<string?>[] _options =
    [
        new("--sender") { Description = "Only from this sender ('' is the null sender)", HelpName = "ADDRESS" },
        new("--recipient") { Description = "Only to this recipient", HelpName = "ADDRESS" },
        new("--domain") { Description = "Only to recipients of this domain" },
        new("--account") { Description = "Only from this account that logged in" },
        new("--age") { Description = "Only of this age, as '>1h' or '<5m'" },
        new("--attempts") { Description = "Only recipients tried so often, as '>3' or 0" },
        new("--reply") { Description = "Only recipients whose last reply holds this text, or has this status", HelpName = "TEXT" },
        new("--state") { Description = "Only recipients that are due, active, deferred, held, delivered, bounced or corrupt" },
        new("--hold") { Description = "Only recipients in the hold of this name", HelpName = "NAME" },
        new("--destination") { Description = "Only recipients that wait for this destination: smtp:example.org, or the next hop alone" },
    ];

    private readonly Option<string?> _queueId = new("--queue-id") { Description = "Only this message", HelpName = "ID" };

    public Command AddTo(Command command)
    {
        foreach (var option in _options) command.Options.Add(option);
        command.Options.Add(_queueId);
        return command;
    }

    public string? Id(ParseResult parsed) => parsed.GetValue(_queueId);

    public IEnumerable<(string Name, string? Value)> Query(ParseResult parsed) => _options.Select(option => (option.Name == "--hold" ? "in_hold" : option.Name[2..], parsed.GetValue(option)));
}
