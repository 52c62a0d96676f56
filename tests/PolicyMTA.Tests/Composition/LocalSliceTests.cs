using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Composition;

public sealed class LocalSliceTests
{
    [Fact]
    public void Defaults_are_Postfix_s_but_users_have_no_say()
    {
        var settings = LocalSlice.Of(Read(), new AnyTables());
        Assert.Equal("hash:/etc/aliases", Assert.Single(settings.AliasMaps).Name);
        Assert.Equal(["alias", "forward"], settings.AllowMailToCommands);
        Assert.Equal(["command", "file", "forward"], settings.PrependDeliveredHeader);
        Assert.Equal((true, false, "nobody", "", "/var/mail", 1000.0, 51_200_000, true, 50), (settings.OwnerRequestSpecial, settings.ExpandOwnerAlias, settings.DefaultPrivs, settings.HomeMailbox, settings.MailSpoolDirectory, settings.CommandTimeLimit.TotalSeconds, settings.MailboxSizeLimit, settings.StrictMailboxOwnership, settings.HopCountLimit));
        Assert.Empty(settings.ForwardPath);
    }

    [Fact]
    public void Each_parameter_reaches_its_place_and_macros_stay_what_they_are()
    {
        var settings = LocalSlice.Of(Read(
            ("alias_maps", "hash:own/aliases, sqlite:x"), ("owner_request_special", "no"), ("expand_owner_alias", "yes"), ("allow_mail_to_commands", "include"), ("allow_mail_to_files", "forward"),
            ("propagate_unmatched_extensions", "alias"), ("prepend_delivered_header", "file"), ("default_privs", "games"), ("forward_path", "$home/.forward${recipient_delimiter}${extension}, $home/.forward"),
            ("forward_expansion_filter", "abc"), ("mailbox_transport_maps", "m:t"), ("mailbox_transport", "lmtp:unix:x"), ("mailbox_command_maps", "m:c"), ("mailbox_command", "/usr/bin/procmail -a \"$EXTENSION\""),
            ("home_mailbox", "Maildir/"), ("mail_spool_directory", "spool/"), ("fallback_transport_maps", "m:f"), ("fallback_transport", "smtp:[x]"), ("luser_relay", "$user@other.test"),
            ("command_execution_directory", "$home"), ("command_expansion_filter", "def"), ("execution_directory_expansion_filter", "ghi"), ("command_time_limit", "5s"), ("mailbox_size_limit", "7"),
            ("require_home_directory", "yes"), ("strict_mailbox_ownership", "no"), ("hopcount_limit", "9")), new AnyTables());
        Assert.Equal(["hash:own/aliases", "sqlite:x"], settings.AliasMaps.Select(source => source.Name));
        Assert.NotNull(settings.AliasMaps[0].FindOwner);
        Assert.Null(settings.AliasMaps[1].FindOwner);
        Assert.Equal((false, true, "include", "forward", "alias", "file", "games"), (settings.OwnerRequestSpecial, settings.ExpandOwnerAlias, settings.AllowMailToCommands[0], settings.AllowMailToFiles[0], settings.PropagateUnmatchedExtensions[0], settings.PrependDeliveredHeader[0], settings.DefaultPrivs));
        Assert.Equal(["$home/.forward${recipient_delimiter}${extension}", "$home/.forward"], settings.ForwardPath);
        Assert.Equal(("abc", "lmtp:unix:x", "/usr/bin/procmail -a \"$EXTENSION\"", "Maildir/", "/srv/spool/"), (settings.ForwardExpansionFilter, settings.MailboxTransport, settings.MailboxCommand, settings.HomeMailbox, settings.MailSpoolDirectory));
        Assert.Equal((1, 1, 1), (settings.MailboxTransportMaps.Count, settings.MailboxCommandMaps.Count, settings.FallbackTransportMaps.Count));
        Assert.Equal(("smtp:[x]", "$user@other.test", "$home", "def", "ghi", 5.0, 7L, true, false, 9), (settings.FallbackTransport, settings.LuserRelay, settings.CommandExecutionDirectory, settings.CommandExpansionFilter, settings.ExecutionDirectoryExpansionFilter, settings.CommandTimeLimit.TotalSeconds, settings.MailboxSizeLimit, settings.RequireHomeDirectory, settings.StrictMailboxOwnership, settings.HopCountLimit));
    }

    [Theory]
    [InlineData("forward_path", "$hme/.forward", "forward_path: there is no macro 'hme'")]
    [InlineData("luser_relay", "${user", "luser_relay: it lacks a closing '}'")]
    [InlineData("allow_mail_to_commands", "alias, incude", "allow_mail_to_commands: 'incude' is none of alias, forward, include; did you mean 'include'?")]
    public void Mistakes_are_told(string name, string value, string message) => Assert.Equal(message, Assert.Single(ParameterChecks.FindMistakes(Read((name, value)), "f")).Message);

    [Fact]
    public void What_a_shell_reads_is_no_mistake() => Assert.Empty(ParameterChecks.FindMistakes(Read(("mailbox_command", "${EXTENSION:-none} $(date)")), "f"));

    private static Parameters Read(params (string Name, string Value)[] given) => Parameters.Create("/srv", ConfigurationKeys.Parameters,
        given.ToDictionary(pair => pair.Name, pair => new ParameterValue(pair.Value, null, default, default)));

    private sealed class AnyTables : ILookupTables
    {
        public ILookupTable Open(string specification) => new Empty();
    }

    private sealed class Empty : ILookupTable
    {
        public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => new(LookupResult.None);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
