using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.MilterClient;

public sealed class FilterPlaceTests
{
    [Theory]
    [InlineData("inet:127.0.0.1:8891", "127.0.0.1:8891")]
    [InlineData("inet:[::1]:8891", "[::1]:8891")]
    [InlineData("inet6:[::1]:8891", "[::1]:8891")]
    [InlineData("inet:localhost:8891", "Unspecified/localhost:8891")]
    [InlineData("inet6:localhost:8891", "InterNetworkV6/localhost:8891")]
    [InlineData("unix:/run/opendkim.sock", "/run/opendkim.sock")]
    [InlineData("unix:private/opendkim", "/var/queue/private/opendkim")]
    public void A_place_is_read(string text, string expected) => Assert.Equal(expected, FilterPlace.Parse(text, "/var/queue").ToString());

    [Theory]
    [InlineData("inet:")]
    [InlineData("inet:8891")]
    [InlineData("inet:host:")]
    [InlineData("inet:host:0")]
    [InlineData("inet:host:65536")]
    [InlineData("inet::8891")]
    [InlineData("inet:a b:8891")]
    [InlineData("inet6:127.0.0.1:8891")]
    [InlineData("unix:")]
    public void What_is_none_is_an_error_that_names_it(string text) => Assert.Contains($"'{text}'", Assert.Throws<ConfigurationException>(() => FilterPlace.Parse(text, "")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public void A_path_has_to_fit_a_socket(int length, bool fits)
    {
        var text = "unix:/" + new string('a', length - 1);
        if (fits) Assert.Equal(text[5..], FilterPlace.Parse(text, "").ToString());
        else Assert.Throws<ConfigurationException>(() => FilterPlace.Parse(text, ""));
    }
}
