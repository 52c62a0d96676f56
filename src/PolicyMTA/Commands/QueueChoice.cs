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
        new("--state") { Description = "Only recipients that are due, active, deferred, held, delivered, bounced or corrupt" },
    ];

    public Command AddTo(Command command)
    {
        foreach (var option in _options) command.Options.Add(option);
        return command;
    }

    public IEnumerable<(string Name, string? Value)> Query(ParseResult parsed) => _options.Select(option => (option.Name[2..], parsed.GetValue(option)));
}
