using PolicyMTA.Generations;

namespace PolicyMTA.Tests.Generations;

/// <summary>postmaster and abuse of every domain deliver, or <c>check</c> warns.</summary>
public sealed class RoleMailboxChecksTests : IDisposable
{
    private readonly Site _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Role_without_a_mailbox_is_warned_of_at_its_domain()
    {
        Assert.Equal(
            ["mail to postmaster@mail.test would come back: give it a mailbox, or an alias in virtual_alias_maps", "mail to abuse@mail.test would come back: give it a mailbox, or an alias in virtual_alias_maps"],
            await FindAsync("inline:{ann@mail.test=ann/}", "inline:{x@mail.test=ann@mail.test}"));
    }

    [Fact]
    public async Task Alias_that_leads_nowhere_is_named()
    {
        Assert.Equal(
            ["mail to abuse@mail.test would come back, by way of <gone@mail.test>: give it a mailbox, or an alias in virtual_alias_maps"],
            await FindAsync("inline:{ann@mail.test=ann/}", "inline:{postmaster@mail.test=ann@mail.test, abuse@mail.test=gone@mail.test}"));
    }

    [Theory]
    [InlineData("inline:{postmaster@mail.test=p/, abuse@mail.test=a/}", "inline:{x@mail.test=y@mail.test}")]
    [InlineData("inline:{ann@mail.test=ann/}", "inline:{postmaster@mail.test=ann@mail.test, abuse@mail.test=desk@elsewhere.test}")]
    [InlineData("inline:{@mail.test=all/}", "inline:{x@mail.test=y@mail.test}")]
    public async Task Role_that_is_read_or_passed_on_is_fine(string mailboxes, string aliases) => Assert.Empty(await FindAsync(mailboxes, aliases));

    private async Task<IEnumerable<string>> FindAsync(string mailboxes, string aliases)
    {
        _site.Write("policymta.toml", $"""
            myorigin = "mail.test"
            myhostname = "mx.mail.test"
            mydestination = "localhost"
            virtual_mailbox_domains = "mail.test"
            virtual_mailbox_base = "/var/mail"
            virtual_mailbox_maps = "{mailboxes}"
            virtual_alias_maps = "{aliases}"

            [listeners.smtp]
            address = "127.0.0.1:0"
            """);
        var built = await _site.BuildAsync();
        Assert.Empty(built.Errors);
        await using var generation = built.Generation!;
        return (await RoleMailboxChecks.FindAsync(generation, TestContext.Current.CancellationToken)).Select(warning => warning.Message);
    }
}
