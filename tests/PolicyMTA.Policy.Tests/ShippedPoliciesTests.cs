using System.Text.RegularExpressions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>The policies that ship, with every restriction they name saying nothing.</summary>
public sealed partial class ShippedPoliciesTests
{
    [Fact]
    public async Task They_load_and_refuse_relaying_and_senders_of_others_first()
    {
        var source = PolicySource.Read(Folder());
        await using var bench = new Bench();
        bench.Sets.UnionWith(["submission", "submissions"]);
        foreach (var (path, text) in source.Files)
        {
            bench.File(path, text);
            foreach (Match name in Names().Matches(text))
            {
                if (name.Groups[1].Value is not ("reject" or "permit_mynetworks" or "permit_sasl_authenticated" or "reject_unauth_destination"))
                    bench.Restriction<ClientContext>(name.Groups[1].Value, _ => Verdict.Dunno);
            }
        }
        bench.Facts = bench.Facts with { Client = bench.Facts.Client with { IsInMyNetworks = true } };
        await using var submission = bench.Start(set: "submission");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal("<x@elsewhere.test>: Relay access denied", (await bench.RcptOutsideAsync()).Refusal!.Text);
        var refused = (await submission.RecipientAsync(bench.Recipient(), TestContext.Current.CancellationToken)).Refusal!;
        Assert.Equal("<mail.good.test[192.0.2.10]>: Client host rejected: Access denied", refused.Text);
        Assert.True(
            source.Files["sender.js"].IndexOf("reject_sender_login_mismatch", StringComparison.Ordinal)
            < source.Files["sender.js"].IndexOf("permit_mynetworks", StringComparison.Ordinal));
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PolicyMTA.sln"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "policies");
    }

    [GeneratedRegex(@"\br\.(\w+)\(")]
    private static partial Regex Names();
}
