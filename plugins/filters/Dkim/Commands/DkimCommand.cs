using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Commands;

/// <summary><c>policymta dkim keygen</c> makes a key and prints its record; <c>policymta dkim check</c> compares the records in DNS with the keys that sign.</summary>
internal sealed class DkimCommand(DkimOptions options, Func<string, string> fullPath, IDnsResolver dns) : IPluginCommand
{
    private const int Failed = 1, Usage = 2;

    private const string Help = """
        policymta dkim keygen DOMAIN SELECTOR [--ed25519] [--bits N] [--folder DIR]
            Makes a key in DIR/SELECTOR.private (DIR: dkim) that only you can read, and prints the record to publish.
        policymta dkim check [DOMAIN...]
            Looks up the record of every key that signs. Keys of a KeyTable with % are checked for the domains that are given.
        """;

    public async ValueTask<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            switch (arguments.ToArray())
            {
                case ["keygen", .. var words]:
                    await KeyGeneration.Parse(words).RunAsync(fullPath, output);
                    return 0;
                case ["check", .. var domains]:
                    return await new KeyCheck(dns, options.MinimumKeyBits, output).RunAsync(SigningKeys.List(options, fullPath), domains, cancellationToken) ? 0 : Failed;
                default:
                    await errors.WriteLineAsync(Help);
                    return Usage;
            }
        }
        catch (FormatException error)
        {
            await errors.WriteLineAsync(error.Message);
            await errors.WriteLineAsync(Help);
            return Usage;
        }
    }
}
